import { expect, test } from 'vitest'
import { fitted, flipped, matrixOf, toFrame, toPane, turned, zoomed, type FrameShape } from './view.ts'

const frame: FrameShape = { columns: 200, rows: 100, pixelAspect: 1 }
const pane = { width: 400, height: 400 }

test('a frame fits its pane, also turned, and where its pixels are not square', () => {
  expect(fitted(frame, pane)).toMatchObject({ scale: 2, x: 0, y: 0 })
  expect(fitted(frame, { width: 400, height: 100 })).toMatchObject({ scale: 1 })
  expect(fitted(frame, { width: 400, height: 100 }, { rotation: 90 })).toMatchObject({ scale: 0.5 })
  expect(fitted({ ...frame, pixelAspect: 4 }, pane).scale).toBe(1)
})

test('what is under the finger is where it was drawn, however the frame lies', () => {
  let view = fitted(frame, pane)
  for (const change of [
    () => turned(view, 90),
    () => flipped(view, 'horizontal'),
    () => zoomed(view, 1.7, { x: 30, y: -40 }, { min: 0.1, max: 50 }),
    () => flipped(view, 'vertical'),
    () => turned(view, -90),
  ]) {
    view = change()
    const matrix = matrixOf(view, { ...frame, pixelAspect: 1.3 }, pane)
    const back = toFrame(matrix, toPane(matrix, [12.5, 77]))
    expect(back[0]).toBeCloseTo(12.5, 9)
    expect(back[1]).toBeCloseTo(77, 9)
  }
})

test('a turn is to the right, and a flip is that of what is seen', () => {
  const at = (view: ReturnType<typeof fitted>) => toPane(matrixOf(view, frame, pane), [0, 0])
  const straight = fitted(frame, pane)
  expect(at(straight)).toEqual({ x: 0, y: 100 })
  expect(at(turned(straight, 90))).toEqual({ x: 300, y: 0 })
  expect(at(flipped(turned(straight, 90), 'horizontal'))).toEqual({ x: 100, y: 0 })
  expect(at(flipped(turned(straight, 90), 'vertical'))).toEqual({ x: 300, y: 400 })
  expect(flipped(flipped(turned(straight, 90), 'vertical'), 'vertical')).toEqual(turned(straight, 90))
})

test('zooming keeps the place under the pointer', () => {
  const view = fitted(frame, pane)
  const point = toFrame(matrixOf(view, frame, pane), { x: 250, y: 180 })
  const nearer = zoomed(view, 3, { x: 250 - 200, y: 180 - 200 }, { min: 0.1, max: 50 })
  const moved = toPane(matrixOf(nearer, frame, pane), point)
  expect(moved.x).toBeCloseTo(250)
  expect(moved.y).toBeCloseTo(180)
})
