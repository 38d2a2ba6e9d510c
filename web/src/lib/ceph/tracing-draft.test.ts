import type { CephPoint } from '@bitewing/db'
import { afterAll, expect, test, vi } from 'vitest'
import type { Shelf } from '#lib/viewer/outbox.ts'
import { TracingDraft, type PointAnswer, type TracingChange } from './tracing-draft.svelte.ts'

function shelf(): Shelf {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    key: (index) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size
    },
  }
}

/** As the server keeps points: the newest version of each landmark. */
function server() {
  const kept = new Map<string, CephPoint>()
  const answer = ({ landmark, basedOn, state, at }: TracingChange): PointAnswer => {
    const held = kept.get(landmark)
    if ((held?.version ?? 0) !== basedOn) return { outcome: 'changed', theirs: held ?? null }
    kept.set(landmark, { landmark, state, at, version: basedOn + 1, changedBy: 'A', changedAt: new Date() })
    return { outcome: 'saved', version: basedOn + 1 }
  }
  return { kept, answer }
}

function open({ send, on = shelf() }: { send: (change: TracingChange) => PointAnswer | null; on?: Shelf }) {
  const draft = new TracingDraft({
    patientId: 'p',
    tracingId: 't',
    owner: { name: 'me', key: Buffer.alloc(32).toString('base64') },
    author: 'M. Côté',
    points: [],
    send: async (change) => send(change),
    read: async () => null,
  })
  const end = draft.start(on)
  return { draft, end, settled: () => vi.waitFor(() => expect(draft.unsent).toBe(0), 50_000) }
}
// the page's reactivity is Svelte's; what is shown and sent is the same without
vi.stubGlobal('addEventListener', () => undefined)
vi.stubGlobal(
  '$state',
  Object.assign(<Value>(value: Value) => value, { raw: <Value>(value: Value) => value }),
)
afterAll(() => vi.unstubAllGlobals())

test('what is placed, skipped, moved, undone and done again ends at the server as on the screen', async () => {
  const { kept, answer } = server()
  const { draft, end, settled } = open({ send: answer })
  draft.place('S', [10, 20])
  draft.skip('R4')
  draft.drag('S', [11, 20])
  draft.drag('S', [12, 21])
  draft.drop()
  expect(draft.places).toEqual({ S: [12, 21] })
  draft.undo()
  expect(draft.places).toEqual({ S: [10, 20] })
  draft.undo()
  expect(draft.stateOf('R4')).toBe('cleared')
  draft.redo()
  draft.redo()
  await settled()
  expect(kept.get('S')?.at).toEqual([12, 21])
  expect(kept.get('R4')?.state).toBe('skipped')
  expect(draft.canRedo).toBe(false)
  end()
})

test('a landmark that is still being nudged is kept when another one is taken', async () => {
  const { kept, answer } = server()
  const { draft, end, settled } = open({ send: answer })
  draft.place('S', [10, 20])
  draft.drag('S', [11, 20])
  draft.drag('N', [50, 5])
  draft.drop()
  draft.drag('S', [12, 20])
  draft.undo()
  await settled()
  expect([kept.get('S')?.at, kept.get('N')?.at]).toEqual([
    [11, 20],
    [50, 5],
  ])
  end()
})

test('a landmark that somebody else has moved too waits for a decision; the others go on', async () => {
  const { kept, answer } = server()
  const { draft, end, settled } = open({ send: answer })
  const theirs: CephPoint = {
    landmark: 'S',
    state: 'placed',
    at: [99, 99],
    version: 1,
    changedBy: 'A. Roy',
    changedAt: new Date(),
  }
  kept.set('S', theirs)
  draft.place('S', [10, 20])
  draft.place('N', [50, 5])
  await settled()
  expect(draft.conflicts).toEqual([theirs])
  expect([kept.get('S')?.at, kept.get('N')?.at]).toEqual([
    [99, 99],
    [50, 5],
  ])
  draft.keepOurs(theirs)
  await settled()
  expect([kept.get('S')?.at, kept.get('S')?.version, draft.conflicts]).toEqual([[10, 20], 2, []])
  end()
})

test('what could not be sent is sent by the next page of the same person', async () => {
  const on = shelf()
  const first = open({ send: () => null, on })
  first.draft.place('S', [10, 20])
  await vi.waitFor(() => expect(first.draft.unsent).toBe(1), 50_000)
  first.end()
  const { kept, answer } = server()
  const second = open({ send: answer, on })
  expect(second.draft.places).toEqual({ S: [10, 20] })
  await second.settled()
  expect(kept.get('S')?.at).toEqual([10, 20])
  second.end()
})
