import type { MountedImage, QuarterTurn } from '@bitewing/db'

type Mounted = readonly MountedImage[]
type Shown = { id: string; frame: number }

/**
 * Puts an image into a cell. Where it lay in another cell, the one that lay here goes there; where it came from the tray,
 * that one goes to the tray.
 */
export function putIn(images: Mounted, image: Shown, cell: number): MountedImage[] {
  const from = images.find(({ instanceId }) => instanceId === image.id)
  if (from) return moveCell(images, from.cell, cell)
  return [
    ...images.filter((each) => each.cell !== cell),
    { cell, instanceId: image.id, frame: image.frame, mirrored: false, turned: 0 },
  ]
}

/** Moves what lies in one cell to another; what lies there comes here. */
export function moveCell(images: Mounted, from: number, to: number): MountedImage[] {
  return images.map((image) =>
    image.cell === from ? { ...image, cell: to } : image.cell === to ? { ...image, cell: from } : image,
  )
}

export function takeOut(images: Mounted, cell: number): MountedImage[] {
  return images.filter((image) => image.cell !== cell)
}

/** @param quarters clockwise; negative counter-clockwise */
export function turn(images: Mounted, cell: number, quarters: 1 | -1): MountedImage[] {
  return images.map((image) =>
    image.cell === cell ? { ...image, turned: quarterTurn(image.turned + 90 * quarters) } : image,
  )
}

/** Left to right as it is seen now, turned or not. */
export function mirror(images: Mounted, cell: number): MountedImage[] {
  return images.map((image) =>
    image.cell === cell ? { ...image, mirrored: !image.mirrored, turned: quarterTurn(-image.turned) } : image,
  )
}

function quarterTurn(degrees: number): QuarterTurn {
  const turns = [0, 90, 180, 270] as const
  return turns[(((degrees / 90) % 4) + 4) % 4] ?? 0
}
