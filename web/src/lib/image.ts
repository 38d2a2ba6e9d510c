/** Mirrors what `@bitewing/db` calls by the same names; browsers must not import it for more than its types. */
export type { StudyImage, StudySummary, PatientSummary } from '@bitewing/db'
import type { StudyImage } from '@bitewing/db'

export type ImageKind = StudyImage['kind']
