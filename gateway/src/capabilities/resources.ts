import { searchAttribute, searchAttributes, type SearchLevel } from '../qido/search-attributes.ts'
import { documentTypes, imageTypes } from '../renditions/rendered-accept.ts'

/** One method of one DICOMweb resource, as clients and the conformance statement are told of it. */
export type Resource = {
  method: 'GET' | 'POST' | 'DELETE'
  /** below the DICOMweb root, as the router has it, e.g. `/studies/:study` */
  path: string
  transaction: 'Search' | 'Retrieve' | 'Store' | 'Delete'
  /** of PS3.18, 2024e; null for an extension */
  clause: string | null
  /** names of query parameters, without the attributes of a search */
  parameters: readonly string[]
  /** level of a search, whose attributes are parameters too */
  searches?: SearchLevel
  /** of a request's body */
  consumes?: readonly string[]
  /** of the answer, the default first */
  produces: readonly string[]
}

const [json, xmlParts] = ['application/dicom+json', 'multipart/related; type="application/dicom+xml"']
const [dicomParts, octetParts] = [
  'multipart/related; type="application/dicom"',
  'multipart/related; type="application/octet-stream"',
]
const images = Object.keys(imageTypes)
const imageParts = images.map((type) => `multipart/related; type="${type}"`)
const frameTypes = ['image/jpeg', 'image/jls', 'image/jp2', 'image/jpx', 'image/jphc', 'image/dicom-rle']

const study = '/studies/:study'
const series = `${study}/series/:series`
const instance = `${series}/instances/:instance`
const levels = [study, series, instance]

const search = (path: string, searches: SearchLevel): Resource => ({
  method: 'GET',
  path,
  transaction: 'Search',
  clause: '10.6',
  parameters: [
    'accept',
    'includefield',
    'limit',
    'offset',
    'fuzzymatching',
    'emptyvaluematching',
    'multiplevaluematching',
  ],
  searches,
  produces: [json, xmlParts],
})
const retrieve = (
  path: string,
  clause: string,
  produces: readonly string[],
  parameters: readonly string[] = ['accept'],
): Resource => ({ method: 'GET', path, transaction: 'Retrieve', clause, parameters, produces })

const rendering = ['accept', 'annotation', 'iccprofile', 'quality', 'viewport', 'window']

/** Every resource of the DICOMweb root. A test holds it against the routes. */
export const dicomwebResources: readonly Resource[] = [
  search('/studies', 'study'),
  search('/series', 'series'),
  search('/instances', 'instance'),
  search(`${study}/series`, 'series'),
  search(`${study}/instances`, 'instance'),
  search(`${series}/instances`, 'instance'),
  ...['/studies', study].map((path): Resource => ({
    method: 'POST',
    path,
    transaction: 'Store',
    clause: '10.5',
    parameters: [],
    consumes: [
      dicomParts,
      'multipart/related; type="application/dicom+json"',
      'multipart/related; type="application/dicom+xml"',
    ],
    produces: [json, 'application/dicom+xml'],
  })),
  retrieve(study, '10.4.1.1.1', [dicomParts, octetParts, 'application/zip']),
  retrieve(series, '10.4.1.1.1', [dicomParts, octetParts, 'application/zip']),
  retrieve(instance, '10.4.1.1.1', [dicomParts, octetParts, 'application/dicom']),
  ...[study, series].map((path) => retrieve(`${path}/metadata`, '10.4.1.1.2', [json, xmlParts])),
  retrieve(`${instance}/metadata`, '10.4.1.1.2', [json, xmlParts, 'application/dicom+xml']),
  ...[study, series].map((path) => retrieve(`${path}/rendered`, '10.4.1.1.3', imageParts, rendering)),
  retrieve(`${instance}/rendered`, '10.4.1.1.3', [...images, ...imageParts, ...documentTypes], rendering),
  retrieve(`${instance}/frames/:frames/rendered`, '10.4.1.1.3', [...images, ...imageParts], rendering),
  ...[...levels, `${instance}/frames/:frames`].map((path) =>
    retrieve(`${path}/thumbnail`, '10.4.1.1.4', images, ['accept', 'viewport']),
  ),
  ...levels.map((path) => retrieve(`${path}/bulkdata`, '10.4.1.1.5', [octetParts])),
  retrieve(`${instance}/bulkdata/:path{.+}`, '10.4.1.1.5', [octetParts, 'application/octet-stream']),
  ...levels.map((path) => retrieve(`${path}/pixeldata`, '10.4.1.1.6', [octetParts])),
  retrieve(`${instance}/frames/:frames`, '10.4.1.1.6', [
    octetParts,
    'application/octet-stream',
    ...frameTypes.flatMap((type) => [`multipart/related; type="${type}"`, type]),
  ]),
  ...levels.map((path): Resource => ({
    method: 'DELETE',
    path,
    transaction: 'Delete',
    clause: null,
    parameters: [],
    produces: [],
  })),
]

/** Query parameters of a resource with the attributes that a search matches by. */
export function parametersOf({ parameters, searches }: Resource): string[] {
  if (!searches) return [...parameters]
  const attributes = Object.keys(searchAttributes).flatMap(
    (tag) => searchAttribute(tag, searches)?.keyword ?? [],
  )
  return [...parameters, ...attributes]
}

/** The path with its variables in braces, as WADL and documents have it: `/studies/{study}`. */
export function templateOf({ path }: Pick<Resource, 'path'>): string {
  return path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')
}
