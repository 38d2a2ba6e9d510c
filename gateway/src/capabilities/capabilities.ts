import type { Handler } from 'hono'
import { parseMediaTypes } from '../dicom/multipart/media-types.ts'
import { GatewayError } from '../errors.ts'
import type { GatewayEnv } from '../gateway-env.ts'
import { publicUrlOf } from '../public-url.ts'
import { dicomwebResources, parametersOf, templateOf, type Resource } from './resources.ts'

const wadl = 'application/vnd.sun.wadl+xml'

/**
 * Retrieve Capabilities, PS3.18 §8.9: what can be done at an address, or at the root and all below it, as WADL or JSON.
 * It says nothing of any practice and needs no credential.
 */
export function capabilities({
  publicUrlConfigured,
}: {
  publicUrlConfigured: string | undefined
}): Handler<GatewayEnv> {
  return (c) => {
    const base = `${publicUrlOf(c, publicUrlConfigured)}/dicom-web`
    const path = c.req.path.replace(/^\/dicom-web\/?/, '/')
    const resources = path === '/' ? dicomwebResources : dicomwebResources.filter((one) => matches(one, path))
    if (resources.length === 0) return c.notFound()
    const methods = new Set(resources.map(({ method }) => method))
    c.header(
      'Allow',
      ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']
        .filter(
          (one) => one === 'OPTIONS' || methods.has(one === 'HEAD' ? 'GET' : (one as Resource['method'])),
        )
        .join(', '),
    )
    c.header('Cache-Control', 'no-cache')
    c.header('Vary', 'Accept')
    if (formOf(c.req.header('Accept')) === 'json') return c.json({ base, resources: asJson(resources) })
    c.header('Content-Type', wadl)
    return c.body(asWadl(base, resources))
  }
}

function formOf(header: string | undefined): 'wadl' | 'json' {
  const types = parseMediaTypes(header ?? '')
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  if (types.length === 0) return 'wadl'
  for (const { essence } of types) {
    if ([wadl, 'application/*', '*/*', 'application/xml', 'text/xml'].includes(essence)) return 'wadl'
    if (essence === 'application/json') return 'json'
  }
  throw new GatewayError('not-acceptable', `Capabilities are ${wadl} or application/json.`)
}

/** Whether the address is one of the resource's: words for words, anything for a variable. */
function matches({ path }: Resource, address: string): boolean {
  const pattern = path.replace(/:\w+(\{[^}]*\})?/g, (_, rest?: string) => (rest ? '.+' : '[^/]+'))
  return new RegExp(`^${pattern}/?$`).test(address)
}

function asJson(resources: readonly Resource[]) {
  return resources.map((one) => ({
    path: templateOf(one),
    method: one.method,
    transaction: one.transaction,
    clause: one.clause === null ? null : `PS3.18 §${one.clause}`,
    parameters: parametersOf(one),
    consumes: one.consumes ?? [],
    produces: one.produces,
  }))
}

/** WADL as PS3.18 Annex H uses it: a resource for each address, its methods, parameters and representations. */
function asWadl(base: string, resources: readonly Resource[]): string {
  const byPath = Map.groupBy(resources, templateOf)
  const entries = [...byPath].map(([path, methods]) => {
    const variables = [...path.matchAll(/\{(\w+)\}/g)].map(
      ([, name = '']) => `<param name="${name}" style="template" type="xsd:string" required="true"/>`,
    )
    return `<resource path="${escape(path.slice(1))}">\n${[...variables, ...methods.map(methodWadl)].join('\n')}\n</resource>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<application xmlns="http://wadl.dev.java.net/2009/02" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<resources base="${escape(`${base}/`)}">
${entries.join('\n')}
</resources>
</application>
`
}

function methodWadl(one: Resource): string {
  const query = parametersOf(one).map((name) => `<param name="${name}" style="query" type="xsd:string"/>`)
  const accept =
    one.produces.length > 0
      ? [
          `<param name="Accept" style="header" type="xsd:string" default="${escape(one.produces[0] ?? '')}">${one.produces.map((type) => `<option value="${escape(type)}"/>`).join('')}</param>`,
        ]
      : []
  const consumes = (one.consumes ?? []).map((type) => `<representation mediaType="${escape(type)}"/>`)
  const produces = one.produces.map((type) => `<representation mediaType="${escape(type)}"/>`)
  const status = one.method === 'DELETE' ? '204' : '200'
  return `<method name="${one.method}" id="${idOf(one)}">
<request>${[...query, ...accept, ...consumes].join('')}</request>
<response status="${status}">${produces.join('')}</response>
<response status="400 401 403 404 406 410 413 415 429 503"><representation mediaType="application/problem+json"/></response>
</method>`
}

/** Unique: transaction and the words of the path. */
function idOf({ method, path, transaction }: Resource): string {
  const words = path
    .split('/')
    .map((word) => word.replace(/\W.*$|^:/g, '').replace(/^./, (first) => first.toUpperCase()))
  const variables = [...path.matchAll(/:(\w)/g)].map(([, first = '']) => first).join('')
  return `${transaction}${method === 'POST' ? 'In' : ''}${words.join('')}${variables && `_${variables}`}`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? '')
}
