import type { Account } from '../processes/child.ts'

/** Command prefix that runs what follows as `account`, without any privilege; empty for null. */
export function asAccount(account: Account | null): string[] {
  if (account === null) return []
  const identity = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups']
  return ['setpriv', ...identity, '--inh-caps=-all', '--no-new-privs']
}
