import { verifyAuditChain, type AuditFault } from '@bitewing/db'
import { readHeads } from '@bitewing/gateway/operations'
import { needed } from '../arguments.ts'
import type { Command } from '../command.ts'

const meanings: Record<AuditFault['kind'], string> = {
  changed: 'an event was changed',
  removed: 'events are missing',
  reordered: 'events stand in another order',
  'tail-cut': 'the newest events were cut off',
  rewritten: 'the chain was written anew',
  'head-unreadable': 'a signed head in the object store is damaged or not ours',
}

export const auditVerify: Command = {
  name: 'audit verify',
  summary: "check a practice's audit log against itself and its signed heads",
  usage: 'audit verify --tenant SLUG',
  help: `Finds events that were changed, removed, reordered or cut off at the end. Exit code 1 when there are any.`,
  options: { tenant: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const tenant = await operator.tenant(needed(given, 'tenant'))
    const { objectStore, signingKey } = await operator.store()
    const heads = await readHeads(objectStore, tenant.id, signingKey.publicKey)
    const verdict = await verifyAuditChain(operator.db, tenant.id, heads)
    const lines = verdict.faults.map(({ kind, position }) => `position ${position}: ${meanings[kind]}`)
    const counted = `${verdict.events} events, ${verdict.heads} signed heads`
    return {
      data: { intact: verdict.faults.length === 0, ...verdict },
      text:
        lines.length === 0
          ? `The audit log is intact: ${counted}.`
          : `The audit log is NOT intact (${counted}):\n${lines.join('\n')}`,
      failed: lines.length > 0,
    }
  },
}
