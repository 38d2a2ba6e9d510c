import type { MountedImage } from '@bitewing/db'
import { expect, test } from 'vitest'
import { mirror, moveCell, putIn, takeOut, turn } from './edit-mount.ts'

const image = (cell: number, part: Partial<MountedImage> = {}): MountedImage => ({
  cell,
  instanceId: String(cell),
  frame: 1,
  mirrored: false,
  turned: 0,
  ...part,
})
const cells = (images: readonly MountedImage[]) =>
  Object.fromEntries(images.map(({ cell, instanceId }) => [cell, instanceId]))

test('images of two cells change places, each as it is turned', () => {
  const swapped = moveCell([image(1, { turned: 90 }), image(2), image(3)], 1, 2)
  expect(swapped).toEqual([
    image(2, { instanceId: '1', turned: 90 }),
    image(1, { instanceId: '2' }),
    image(3),
  ])
  expect(cells(moveCell([image(1)], 1, 4))).toEqual({ 4: '1' })
})

test('an image of the tray takes the place of another, which goes to the tray', () => {
  expect(cells(putIn([image(1), image(2)], { id: 'new', frame: 1 }, 2))).toEqual({ 1: '1', 2: 'new' })
  // one that lies in the mount already is moved
  expect(cells(putIn([image(1), image(2)], { id: '1', frame: 1 }, 2))).toEqual({ 1: '2', 2: '1' })
  expect(cells(takeOut([image(1), image(2)], 2))).toEqual({ 1: '1' })
})

/** Where the upper left corner of the file is seen: mirrored first, then turned. */
function cornerOf({ mirrored, turned }: MountedImage): string {
  const corners = ['upper left', 'upper right', 'lower right', 'lower left']
  return corners[((mirrored ? 1 : 0) + turned / 90) % 4] ?? ''
}

test('turning goes round, and mirroring is left to right as it is seen, turned or not', () => {
  let images = [image(1)]
  const seen: string[] = []
  for (let times = 0; times < 4; times++) {
    images = turn(images, 1, 1)
    const [one] = mirror(images, 1)
    if (!one || !images[0]) throw new Error('gone')
    seen.push(`${cornerOf(images[0])} → ${cornerOf(one)}`)
  }
  expect(images).toEqual([image(1)])
  expect(seen).toEqual([
    'upper right → upper left',
    'lower right → lower left',
    'lower left → lower right',
    'upper left → upper right',
  ])
  expect(turn([image(1)], 1, -1)).toEqual([image(1, { turned: 270 })])
  expect(mirror(mirror([image(1, { turned: 90 })], 1), 1)).toEqual([image(1, { turned: 90 })])
})
