/** As much of XMLHttpRequest as dicomweb-client uses, over fetch: so that the client of the browsers runs in tests. */
export class FetchXhr {
  readyState = 0
  status = 0
  response: unknown = null
  responseType = ''
  withCredentials = false
  onloadstart: (() => void) | null = null
  onloadend: (() => void) | null = null
  onprogress: (() => void) | null = null
  onreadystatechange: (() => void) | null = null
  readonly #headers = new Headers()
  #method = 'GET'
  #url = ''
  #answer: Headers = new Headers()

  open(method: string, url: string): void {
    this.#method = method
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.append(name, value)
  }

  getResponseHeader(name: string): string | null {
    return this.#answer.get(name)
  }

  getAllResponseHeaders(): string {
    return [...this.#answer].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  }

  send(body?: ArrayBuffer | Uint8Array<ArrayBuffer>): void {
    void this.#send(body ?? null)
  }

  async #send(body: ArrayBuffer | Uint8Array<ArrayBuffer> | null) {
    this.onloadstart?.()
    const response = await fetch(this.#url, { method: this.#method, headers: this.#headers, body })
    this.#answer = response.headers
    this.status = response.status
    this.response =
      this.responseType === 'json'
        ? await response.json()
        : this.responseType === 'arraybuffer'
          ? await response.arrayBuffer()
          : await response.text()
    this.readyState = 4
    this.onreadystatechange?.()
    this.onloadend?.()
  }
}
