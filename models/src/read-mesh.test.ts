import fc from 'fast-check'
import { expect, test } from 'vitest'
import { archOf } from './arch-of.ts'
import { MeshError, type MeshProblem } from './mesh.ts'
import { meshFormatOf, type MeshFormat } from './mesh-format.ts'
import { readMesh } from './read-mesh.ts'
import { writeObj, writeStl } from './write-mesh.ts'

const limits = { bytesMax: 1_000_000, trianglesMax: 1000 }
const text = (lines: string) => new TextEncoder().encode(lines)
const read = (bytes: Uint8Array | string, format: MeshFormat, with_ = limits) =>
  readMesh(typeof bytes === 'string' ? text(bytes) : bytes, format, with_)
const problemOf = (bytes: Uint8Array | string, format: MeshFormat, with_ = limits): MeshProblem | null => {
  try {
    read(bytes, format, with_)
    return null
  } catch (error) {
    if (error instanceof MeshError) return error.problem
    throw error
  }
}

/** Two triangles of a square, which share a side. */
const square = {
  positions: Float32Array.of(0, 0, 0, 40, 0, 0, 40, 30, 0, 0, 30, 2.5),
  corners: Uint32Array.of(0, 1, 2, 0, 2, 3),
  colours: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 51, 102, 204),
}

test('a mesh comes back from STL with its shared corners joined, and from OBJ with its colours', () => {
  const fromStl = read(writeStl(square), 'stl')
  expect([...fromStl.positions]).toEqual([...square.positions])
  expect([...fromStl.corners]).toEqual([...square.corners])
  expect(fromStl.colours).toBeNull()
  const fromObj = read(writeObj(square), 'obj')
  expect([...fromObj.positions]).toEqual([...square.positions])
  expect([...(fromObj.colours ?? [])]).toEqual([...square.colours])
  // within DICOM a value has an even length
  expect(read(Uint8Array.of(...writeStl(square), 0), 'stl').corners).toHaveLength(6)
})

test('STL of text is read, and a binary one that begins with "solid" is binary', () => {
  const facet = (z: number) =>
    `facet normal 0 0 1\n outer loop\n vertex 0 0 ${z}\n VERTEX 1e1 0 ${z}\n vertex 0 5 ${z}\n endloop\nendfacet\n`
  const mesh = read(`solid scan\n${facet(0)}${facet(1)}endsolid`, 'stl')
  expect([...mesh.positions.subarray(0, 6)]).toEqual([0, 0, 0, 10, 0, 0])
  expect(mesh.corners).toHaveLength(6)
  const binary = writeStl(square)
  binary.set(text('solid exported'), 0)
  expect(read(binary, 'stl').corners).toHaveLength(6)
})

test('OBJ: faces of many corners, negative numbers, texture and normal numbers, and what is not a mesh in it', () => {
  const mesh = read(
    'mtllib a.mtl\r\no arch\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvn 0 0 1\nusemtl x\nf 1/1/1 2//1 3 4\nf -4 -3 -2\n',
    'obj',
  )
  expect([...mesh.corners]).toEqual([0, 1, 2, 0, 2, 3, 0, 1, 2])
  expect(mesh.colours).toBeNull()
})

// Each of such corners would be looked for among all the others: the square of their number.
test('a file made to be slow is refused soon: places that are no numbers, names of what every object has', () => {
  const many = { bytesMax: 100_000_000, trianglesMax: 400_000 }
  const nowhere = new Uint8Array(84 + 400_000 * 50).fill(0xff)
  new DataView(nowhere.buffer).setUint32(80, 400_000, true)
  expect(problemOf(nowhere, 'stl', many)).toBe('damaged')

  const head = 'ply\nformat ascii 1.0\nelement vertex 3\nproperty float constructor\n'
  const rest = 'property float x\nproperty float y\nproperty float z\nelement face 1\n'
  const body = 'property list uchar int vertex_indices\nend_header\n7 0 0 0 7 1 0 0 7 0 1 0 3 0 1 2\n'
  const mesh = read(head + rest + body, 'ply')
  expect(Object.keys(mesh.positions)).toHaveLength(9)
})

const plyHead = (format: string, faces = 1) =>
  `ply\nformat ${format} 1.0\ncomment scanner\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nproperty uchar alpha\nelement face ${faces}\nproperty list uchar int vertex_indices\nend_header\n`

test('PLY is read as text and in both orders of bytes, with the colours of its points', () => {
  const points = [
    [0, 0, 0, 200, 180, 170, 255],
    [12.5, 0, 0, 10, 20, 30, 255],
    [0, 7, -2, 1, 2, 3, 255],
  ]
  const asText = read(
    `${plyHead('ascii')}${points.map((point) => point.join(' ')).join('\n')}\n3 0 1 2\n`,
    'ply',
  )
  expect([...(asText.colours ?? [])]).toEqual([200, 180, 170, 10, 20, 30, 1, 2, 3])
  for (const little of [true, false]) {
    const body = new DataView(new ArrayBuffer(3 * 16 + 13))
    points.forEach((point, index) => {
      point.forEach((value, at) =>
        at < 3
          ? body.setFloat32(index * 16 + at * 4, value, little)
          : body.setUint8(index * 16 + 9 + at, value),
      )
    })
    body.setUint8(48, 3)
    for (const corner of [0, 1, 2]) body.setInt32(49 + corner * 4, corner, little)
    const head = text(plyHead(little ? 'binary_little_endian' : 'binary_big_endian'))
    const mesh = read(Uint8Array.of(...head, ...new Uint8Array(body.buffer)), 'ply')
    expect([...mesh.positions]).toEqual([...asText.positions])
    expect([...(mesh.colours ?? [])]).toEqual([...(asText.colours ?? [])])
    expect([...mesh.corners]).toEqual([0, 1, 2])
  }
})

test('a file that promises more than it holds, names points that are not there, or is something else is refused', () => {
  const cut = writeStl(square).subarray(0, 150)
  const promising = writeStl(square)
  new DataView(promising.buffer).setUint32(80, 0xffffffff, true)
  const notANumber = writeStl(square)
  new DataView(notANumber.buffer).setFloat32(96, Number.NaN, true)
  expect([
    problemOf(cut, 'stl'),
    problemOf(promising, 'stl'),
    problemOf(notANumber, 'stl'),
    problemOf('%PDF-1.7', 'stl'),
    problemOf('solid empty\nendsolid', 'stl'),
    problemOf('solid x\nvertex 1 2 3\nvertex 1 2 3\n', 'stl'),
    problemOf('solid x\nvertex a b c\nvertex a b c\nvertex a b c\n', 'stl'),
    problemOf(writeStl({ ...square, corners: new Uint32Array(0) }), 'stl'),
  ]).toEqual(['damaged', 'damaged', 'damaged', 'not-a-mesh', 'empty', 'damaged', 'damaged', 'empty'])
  expect([
    problemOf('hello\n', 'obj'),
    problemOf('v 0 0 0\nv 1 0 0\nf 1 2 9\n', 'obj'),
    problemOf('v 0 0 0\nf 1 1\n', 'obj'),
    problemOf('v 0 0 0\nf 0 1 1\n', 'obj'),
    problemOf('v 0 0\nv 1 1 1\nv 2 2 2\nf 1 2 3\n', 'obj'),
    problemOf('v 0 0 0\nv 1 1 1\n', 'obj'),
  ]).toEqual(['not-a-mesh', 'damaged', 'damaged', 'damaged', 'damaged', 'empty'])
  expect([
    problemOf('plybook\n', 'ply'),
    problemOf(plyHead('ascii', 900_000_000), 'ply'),
    problemOf(`${plyHead('ascii')}0 0 0 1 1 1 1\n`, 'ply'),
    problemOf(`${plyHead('ascii')}${'0 0 0 1 1 1 1\n'.repeat(3)}3 0 1 -7\n`, 'ply'),
    problemOf(`${plyHead('ascii')}${'0 0 0 1 1 1 1\n'.repeat(3)}4000000000 0 1\n`, 'ply'),
    problemOf('ply\nformat ascii 1.0\nelement vertex 9\nelement face 9\nend_header\n', 'ply'),
    problemOf('ply\nformat ascii 1.0\nelement vertex -1\nproperty float x\nend_header\n', 'ply'),
  ]).toEqual(['not-a-mesh', 'too-large', 'damaged', 'damaged', 'damaged', 'damaged', 'damaged'])
})

test('more triangles or bytes than allowed are refused before room is made for them', () => {
  const few = { bytesMax: 1000, trianglesMax: 1 }
  for (const [bytes, format] of [
    [writeStl(square), 'stl'],
    [writeObj(square), 'obj'],
  ] as const) {
    expect(problemOf(bytes, format, few)).toBe('too-large')
    expect(problemOf(new Uint8Array(1001), format, few)).toBe('too-large')
  }
  expect(problemOf(`${plyHead('ascii')}${'0 0 0 1 1 1 1\n'.repeat(3)}4 0 1 2 0\n`, 'ply', few)).toBe(
    'too-large',
  )
})

test('whatever a file holds, it is a mesh with corners that are there, or a problem with a name', () => {
  const heads = ['', 'solid x\n', 'ply\nformat ascii 1.0\n', plyHead('binary_little_endian'), 'v 1 2 3\nf ']
  fc.assert(
    fc.property(
      fc.constantFrom<MeshFormat>('stl', 'obj', 'ply'),
      fc.constantFrom(...heads),
      fc.uint8Array({ maxLength: 300 }),
      (format, head, bytes) => {
        const whole = Uint8Array.of(...text(head), ...bytes)
        if (problemOf(whole, format) !== null) return
        const { positions, corners } = read(whole, format)
        expect(Math.max(...corners)).toBeLessThan(positions.length / 3)
      },
    ),
    { numRuns: 300 },
  )
})

test('meshes are known by the endings of their names', () => {
  expect(['a.STL', 'b.obj', 'c.d.ply', 'obj', 'x.stl.zip', 'a.mtl'].map(meshFormatOf)).toEqual([
    'stl',
    'obj',
    'ply',
    null,
    null,
    null,
  ])
})

test('an arch is known by the words that people and scanners write', () => {
  expect(
    ['Arcade supérieure', 'MANDIBULAR scan', 'upper and lower', 'bas', 'scan'].map((words) =>
      archOf([], words),
    ),
  ).toEqual(['upper', 'lower', null, 'lower', null])
})
