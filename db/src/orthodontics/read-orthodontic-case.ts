import { eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { orthodonticCases } from '../schema/index.ts'
import { emptyOrthodonticContent, type OrthodonticContent } from './orthodontic-content.ts'

export type OrthodonticCase = {
  content: OrthodonticContent
  /** 0: nothing was saved yet */
  version: number
  changedAt: Date | null
  /** who changed it last, by name; null when nobody of that id is left */
  changedBy: string | null
}

/** The orthodontic treatment of a patient, an empty one where nothing was written yet. Inside withTenant. */
export async function readOrthodonticCase(tx: Transaction, patientId: string): Promise<OrthodonticCase> {
  const [held] = await tx
    .select({
      content: orthodonticCases.content,
      version: orthodonticCases.version,
      changedAt: orthodonticCases.changedAt,
      changedBy: userName(orthodonticCases.changedBy),
    })
    .from(orthodonticCases)
    .where(eq(orthodonticCases.patientId, patientId))
  return held ?? { content: emptyOrthodonticContent, version: 0, changedAt: null, changedBy: null }
}
