import { randomBytes, randomUUID } from 'node:crypto'
import type { AnnotationChange } from '@bitewing/db'
import { expect, test } from 'vitest'
import { createOutbox, type Sent, type Shelf } from './outbox.ts'
import { sealShelf } from './seal-shelf.ts'

const key = randomBytes(32).toString('base64')

function shelf(): Shelf & { all: Map<string, string> } {
  const all = new Map<string, string>()
  return {
    all,
    getItem: (name) => all.get(name) ?? null,
    setItem: (name, text) => void all.set(name, text),
    removeItem: (name) => void all.delete(name),
    key: (index) => [...all.keys()][index] ?? null,
    get length() {
      return all.size
    },
  }
}

function change(id: string, text: string, basedOn = 0): AnnotationChange {
  return {
    changeId: randomUUID(),
    id,
    studyInstanceUid: '1.2',
    sopInstanceUid: '1.2.3',
    frame: 1,
    kind: 'text',
    basedOn,
    points: [[1, 1]],
    text,
    millimetres: null,
    isDeleted: false,
  }
}

/** A server that answers as `answers` says; null is no answer. */
function outbox(on: Shelf, answers: (Sent | null)[] = []) {
  const sent: AnnotationChange[] = []
  let version = 0
  const { promise: quiet, resolve } = Promise.withResolvers<void>()
  const box = createOutbox({
    shelf: on,
    owner: { name: 'u.p', key },
    page: randomUUID(),
    send: async (each) => {
      sent.push({ ...each })
      const answer = answers.length > 0 ? answers.shift() : undefined
      if (answer === null) throw new TypeError('Failed to fetch')
      return answer ?? { outcome: 'saved', id: each.id, version: ++version }
    },
    settled: () => undefined,
    waiting: (count) => {
      if (count === 0 && sent.length > 0) resolve()
    },
    pause: async () => undefined,
  })
  return { box, sent, quiet }
}

test('a change lies on the shelf before it is sent, and leaves it once it is saved', async () => {
  const on = shelf()
  const { box, quiet } = outbox(on)
  box.put(change('a', 'apex'))
  expect(on.all.size).toBe(1)
  await quiet
  expect(on.all.size).toBe(0)
})

test('while the server is away everything waits, in order, and then arrives', async () => {
  const { box, sent, quiet } = outbox(shelf(), [null, null, null])
  box.put(change('a', 'one'))
  box.put(change('b', 'two'))
  await quiet
  expect(sent.map(({ text }) => text)).toEqual(['one', 'one', 'one', 'one', 'two'])
})

test('what is changed again while it is on its way follows, on the version that was answered', async () => {
  const { box, sent, quiet } = outbox(shelf(), [null])
  box.put(change('a', 'one'))
  box.put(change('a', 'on'))
  box.put(change('a', 'one and two'))
  await quiet
  // the second and third are one; the first was tried, so its answer may be lost, and goes as it was
  expect(sent.map(({ text, basedOn }) => [text, basedOn])).toEqual([
    ['one', 0],
    ['one', 0],
    ['one and two', 1],
  ])
})

test('what a closed page left behind is sent by the next page of the same person, and by nobody else', async () => {
  const on = shelf()
  on.setItem('bitewing.unsent.u.p.gone', JSON.stringify([change('a', 'left')]))
  on.setItem('bitewing.unsent.other.p.gone', JSON.stringify([change('b', 'theirs')]))
  const { box, sent, quiet } = outbox(on)
  expect(box.open().map(({ text }) => text)).toEqual(['left'])
  await quiet
  expect(sent.map(({ text }) => text)).toEqual(['left'])
  expect([...on.all.keys()]).toEqual(['bitewing.unsent.other.p.gone'])
})

test('what is refused for good does not stop the others', async () => {
  const { box, sent, quiet } = outbox(shelf(), [{ outcome: 'refused' }])
  box.put(change('a', 'one'))
  box.put(change('b', 'two'))
  await quiet
  expect(sent).toHaveLength(2)
  expect(box.waiting).toBe(0)
})

test('what waits on a device is read there by its owner, and by nobody else or under another name', () => {
  const on = shelf()
  const mine = sealShelf(on, { name: 'u.p', key })
  mine.setItem('bitewing.unsent.u.p.page', JSON.stringify([change('a', 'apex of 46, Zoé')]))
  const [kept = ''] = on.all.values()
  expect(Buffer.from(kept, 'base64').toString('latin1')).not.toMatch(/apex|Zo/)

  expect(mine.getItem('bitewing.unsent.u.p.page')).toContain('apex of 46, Zoé')
  on.setItem('bitewing.unsent.u.p.other', kept)
  expect(mine.getItem('bitewing.unsent.u.p.other')).toBeNull()
  const other = { name: 'u.p', key: randomBytes(32).toString('base64') }
  expect(sealShelf(on, other).getItem('bitewing.unsent.u.p.page')).toBeNull()
})
