import type { Context } from 'hono'
import { publicUrlOf } from '../public-url.ts'

/** Absolute URL of the DICOMweb root this request came in by: `/dicom-web`, or that of a share. */
export function dicomwebUrl(c: Context, publicUrlConfigured: string | undefined): string {
  return publicUrlOf(c, publicUrlConfigured) + c.req.path.replace(/\/studies\/.*$/, '')
}

export function instanceUrl(
  dicomwebRoot: string,
  {
    studyInstanceUid,
    seriesInstanceUid,
    sopInstanceUid,
  }: { studyInstanceUid: string; seriesInstanceUid: string; sopInstanceUid: string },
): string {
  return `${dicomwebRoot}/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`
}
