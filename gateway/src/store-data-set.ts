import type { Context } from 'hono'
import type { JsonAttributes } from './dicom/to-native-xml.ts'
import type { AllowedEnv } from './gateway-env.ts'
import { assembleInstance } from './stow/assemble-instance.ts'
import { storeFile, type StoreDependencies } from './stow/store-file.ts'

/**
 * How features that make DICOM objects of their own get them into the practice: the way that STOW goes, which they do
 * not know of. On record as stored by whoever asked.
 */
export function storeDataSet(
  dependencies: StoreDependencies & { spoolDir: string; stowInstanceBytesMax: number },
) {
  return async (
    c: Context<AllowedEnv>,
    studyInstanceUid: string,
    dataSet: JsonAttributes,
  ): Promise<boolean> => {
    const { spoolDir, stowInstanceBytesMax } = dependencies
    await using file = await assembleInstance(dataSet, new Map(), spoolDir, stowInstanceBytesMax)
    const { access, address } = c.var
    const { outcome } = await storeFile(dependencies, access, address, file, studyInstanceUid)
    return outcome === 'stored'
  }
}
