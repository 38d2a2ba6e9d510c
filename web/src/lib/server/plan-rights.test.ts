import { mayDo, type Action } from '@bitewing/db'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const roles = ['owner', 'dentist', 'assistant', 'front-desk', 'auditor'] as const
type Role = (typeof roles)[number]

/** "Who may do what": writes all, drafts, reads without images, none; a token does nothing with plans. */
const mayByRole: Record<string, readonly Role[]> = {
  'plans.read': ['owner', 'dentist', 'assistant', 'front-desk'],
  'plans.draft': ['owner', 'dentist', 'assistant'],
  'plans.present': ['owner', 'dentist'],
  'mounts.write': ['owner', 'dentist', 'assistant'],
  'orthodontics.write': ['owner', 'dentist', 'assistant'],
  'share.create': ['owner', 'dentist', 'assistant'],
  'settings.write': ['owner'],
}

const plans = '(practice)/patients/[id]/plans'
const present = '(tablet)/patients/[id]/plans/[caseId]/present/[versionId]'
/** Every load, action and endpoint of plans and mounts, and what it asks for before it does anything. */
const asks: Record<string, Record<string, Action>> = {
  [`${plans}/+page.server.ts`]: { load: 'plans.read', create: 'plans.draft', restore: 'plans.draft' },
  [`${plans}/[caseId]/+page.server.ts`]: {
    load: 'plans.read',
    rename: 'plans.draft',
    alternative: 'plans.draft',
    edit: 'plans.draft',
    present: 'plans.present',
    decline: 'plans.present',
    move: 'plans.present',
    milestone: 'plans.present',
    template: 'plans.present',
    remove: 'plans.draft',
  },
  [`${plans}/[caseId]/compare/+page.server.ts`]: { load: 'plans.read' },
  [`${plans}/[caseId]/versions/+server.ts`]: { POST: 'plans.draft' },
  [`${plans}/[caseId]/versions/[versionId]/+server.ts`]: { PUT: 'plans.draft' },
  [`${present}/+page.server.ts`]: {
    load: 'plans.read',
    sign: 'plans.present',
    share: 'share.create',
    revoke: 'share.create',
  },
  [`${present}/pdf/+server.ts`]: { GET: 'plans.read' },
  '(practice)/patients/[id]/mounts/+page.server.ts': {
    load: 'images.read',
    create: 'mounts.write',
    restore: 'mounts.write',
  },
  '(practice)/patients/[id]/mounts/[mountId]/+page.server.ts': {
    load: 'images.read',
    save: 'mounts.write',
    remove: 'mounts.write',
    view: 'mounts.write',
    describe: 'mounts.write',
    export: 'images.read',
  },
  '(practice)/patients/[id]/orthodontics/+page.server.ts': {
    load: 'images.read',
    create: 'mounts.write',
    save: 'orthodontics.write',
  },
  '(practice)/settings/catalogue/+page.server.ts': {
    load: 'settings.write',
    save: 'settings.write',
    archive: 'settings.write',
    preview: 'settings.write',
    import: 'settings.write',
  },
  '(practice)/settings/templates/+page.server.ts': {
    load: 'settings.write',
    rename: 'settings.write',
    remove: 'settings.write',
    restore: 'settings.write',
  },
  '(practice)/settings/plans/+page.server.ts': { load: 'settings.write', default: 'settings.write' },
}

describe.each(Object.entries(asks))('%s', (file, expected) => {
  test('each door asks for its right before it does anything', async () => {
    const source = await readFile(fileURLToPath(new URL(`../../routes/${file}`, import.meta.url)), 'utf8')
    const found = [
      ...source.matchAll(
        /^(?:export const (\w+)\b[^=\n]*=| {2}(\w+):) async \([^)]*\) => \{\n.*require(?:Tenant|Session)\(locals\)\n\s+await requireAction\(locals, session, '([\w.]+)'\)$/gm,
      ),
    ].map(([, handler, named, right]) => [handler ?? named, right])
    expect(Object.fromEntries(found)).toEqual(expected)
  })
})

test.each(Object.keys(mayByRole))('%s is for the roles of the table alone, and for no token', (name) => {
  const action = Object.values(asks)
    .flatMap((doors) => Object.values(doors))
    .find((each) => each === name)
  if (action === undefined) throw new Error(`Nothing asks for ${name}`)
  const may = roles.filter((role) => mayDo({ kind: 'staff', role, isOperator: false }, action))
  expect(may).toEqual(mayByRole[name])
  expect(mayDo({ kind: 'staff', role: null, isOperator: true }, action)).toBe(false)
  expect(mayDo({ kind: 'token', scopes: ['read', 'write', 'delete'] }, action)).toBe(false)
})
