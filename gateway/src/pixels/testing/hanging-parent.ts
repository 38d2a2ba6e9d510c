/** A process that keeps a child busy for ever and prints the child's process id; for the test that kills the parent. */
import { misbehavingPixels } from './tell-misbehaving-child.ts'

const { tell } = misbehavingPixels()
const pid = await tell('pid')
void tell('hang').catch(() => undefined)
process.stdout.write(`${pid}\n`)
