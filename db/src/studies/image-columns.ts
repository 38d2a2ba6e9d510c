import { instances, series } from '../schema/index.ts'

/** What every list of images says of each, where `instances` is joined to its `series`. */
export const imageColumns = {
  id: instances.id,
  seriesInstanceUid: series.seriesInstanceUid,
  sopInstanceUid: instances.sopInstanceUid,
  modality: series.modality,
  seriesNumber: series.seriesNumber,
  seriesDescription: series.seriesDescription,
  instanceNumber: instances.instanceNumber,
  kind: instances.imageKind,
  teeth: instances.teeth,
  rows: instances.rows,
  columns: instances.columns,
  frames: instances.frames,
  rendition: instances.renditionState,
}
