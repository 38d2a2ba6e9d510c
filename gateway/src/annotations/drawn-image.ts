import type { Annotation, StudyInstance } from '@bitewing/db'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'

/** An annotation with the image that it lies on. */
export type DrawnImage = { annotation: Annotation; image: StudyInstance; attributes: JsonAttributes }
