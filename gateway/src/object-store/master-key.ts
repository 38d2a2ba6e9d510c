/**
 * What wraps the data keys of practices, and the system's own: a key that this process holds, or one that never leaves
 * its key service.
 */
export type MasterKey = {
  /** form of what it makes: 1 by a local key, 2 by AWS KMS */
  version: 1 | 2
  /** 8 bytes that tell master keys apart in what they wrapped, and give nothing of them away */
  id: Buffer
  kind: 'local' | 'service'
  /**
   * @param boundTo a tenant's id, or a name of the system's own: nothing secret, a key service writes it into its log
   * @throws {KeyServiceAway}
   */
  wrap(dataKey: Uint8Array, boundTo: string): Promise<Buffer>
  /** @throws {KeyUnusable | KeyServiceAway} */
  unwrap(wrapped: Uint8Array, boundTo: string): Promise<Buffer>
  /** 32 bytes for a purpose, always the same; null where the key cannot be seen. For what releases 0.1 made. */
  derive(purpose: string): Buffer | null
  /** Throws when the key cannot be used now. For `/readyz`; asks a key service at most every few seconds. */
  check(): Promise<void>
  close(): void
}

/** The one of the configuration first, then the one before it while it is being replaced. */
export type MasterKeys = readonly [current: MasterKey] | readonly [current: MasterKey, previous: MasterKey]
