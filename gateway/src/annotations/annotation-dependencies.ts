import type { Database } from '@bitewing/db'
import type { Context } from 'hono'
import { z } from 'zod'
import type { Allow } from '../credentials/allow.ts'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import type { AllowedEnv } from '../gateway-env.ts'

export type AnnotationDependencies = {
  db: Database
  allow: Allow
  /** Stores a data set of ours as STOW would; false when it was refused. */
  storeDataSet: (
    c: Context<AllowedEnv>,
    studyInstanceUid: string,
    dataSet: JsonAttributes,
  ) => Promise<boolean>
}

/** An instance's DICOM JSON as the index keeps it. */
export const KeptMetadata = z.record(
  z.string(),
  z.looseObject({ vr: z.string(), Value: z.array(z.unknown()).optional() }),
)
