import {
  AmbientLight,
  BackSide,
  BufferAttribute,
  BufferGeometry,
  DirectionalLight,
  FrontSide,
  Group,
  Mesh,
  MeshBasicMaterial,
  MeshPhongMaterial,
  OrthographicCamera,
  Plane,
  Quaternion,
  Raycaster,
  Scene,
  Vector2,
  Vector3,
  WebGLRenderer,
} from 'three'
import type { SectionAxis, Turn } from './model-look.svelte.ts'
import type { LoadedMesh } from './model-worker.ts'
import type { Arch } from '@bitewing/models'

export type SceneModel = { id: string; arch: Arch | null; mesh: LoadedMesh }
/** A place on a model, in the model's own units. */
export type ModelPoint = { id: string; at: readonly [x: number, y: number, z: number] }

export type SceneLook = {
  /** how the models stand when seen from the front, from the file's axes */
  front: Turn
  turn: Turn
  zoom: number
  pan: readonly [x: number, y: number]
  hidden: readonly Arch[]
  isApart: boolean
  section: { axis: SectionAxis; at: number } | null
  /** on white, for paper */
  onPaper: boolean
}

/** Draws models on a canvas by three.js and WebGL. Nothing is drawn but when it is asked for. */
export type ModelScene = {
  draw(look: SceneLook, size: { width: number; height: number }): void
  /** What is under a place of the canvas, as it was drawn last. */
  pick(x: number, y: number): ModelPoint | null
  /** Where a place of a model was drawn last; null where its model is hidden. */
  project(point: ModelPoint): { x: number; y: number } | null
  close(): void
}

/** Models as most files of scanners and DICOM have them: to the left, the back and the head (LPS). */
export const uprightFront: Turn = [-Math.SQRT1_2, 0, 0, Math.SQRT1_2]

/** How far arches stand apart, as a share of their size. */
const apartShare = 0.22

/** @throws {Error} when this browser has no WebGL */
export function createModelScene(canvas: HTMLCanvasElement, models: readonly SceneModel[]): ModelScene {
  const renderer = new WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true })
  renderer.localClippingEnabled = true
  const scene = new Scene()
  const camera = new OrthographicCamera(-1, 1, 1, -1, 0.01, 100)
  const root = new Group()
  const pivot = new Group()
  root.add(pivot)
  scene.add(root, new AmbientLight(0xffffff, 0.85))
  const key = new DirectionalLight(0xffffff, 1.9)
  key.position.set(-0.5, 0.8, 1)
  const fill = new DirectionalLight(0xcfdcff, 0.7)
  fill.position.set(0.9, -0.4, 0.7)
  scene.add(key, fill)

  const low = new Vector3(Infinity, Infinity, Infinity)
  const high = new Vector3(-Infinity, -Infinity, -Infinity)
  for (const { mesh } of models) {
    low.min(new Vector3(...mesh.low))
    high.max(new Vector3(...mesh.high))
  }
  const centre = low.clone().add(high).multiplyScalar(0.5)
  const radius = Math.max(1e-9, low.distanceTo(high) / 2)
  // everything is of size 1 for the camera, whatever the file's unit
  root.scale.setScalar(1 / radius)
  pivot.position.copy(centre).negate()

  const clip = new Plane(new Vector3(1, 0, 0), 0)
  const drawn = models.map(({ id, arch, mesh }) => {
    const geometry = new BufferGeometry()
    geometry.setAttribute('position', new BufferAttribute(mesh.positions, 3))
    geometry.setAttribute('normal', new BufferAttribute(mesh.normals, 3))
    geometry.setIndex(new BufferAttribute(mesh.corners, 1))
    if (mesh.colours) geometry.setAttribute('color', new BufferAttribute(mesh.colours, 3, true))
    const outside = new MeshPhongMaterial({
      color: mesh.colours ? 0xffffff : 0xe6dcc8,
      vertexColors: mesh.colours !== null,
      side: FrontSide,
      shininess: 22,
      specular: 0x333333,
    })
    // seen where a section opens the model, and through holes of a scan
    const inside = new MeshBasicMaterial({ color: 0x7a5148, side: BackSide })
    const surface = new Mesh(geometry, outside)
    const group = new Group()
    group.add(surface, new Mesh(geometry, inside))
    pivot.add(group)
    return { id, arch, surface, group, outside, inside, geometry }
  })

  const size = new Vector2(1, 1)
  const up = new Vector3()
  const quaternion = (turn: Turn) => new Quaternion(turn[0], turn[1], turn[2], turn[3])
  const axes = {
    across: new Vector3(1, 0, 0),
    along: new Vector3(0, 0, 1),
    level: new Vector3(0, 1, 0),
  } as const satisfies Record<SectionAxis, Vector3>
  let isClipping = false

  return {
    draw(look, to) {
      renderer.setClearColor(look.onPaper ? 0xffffff : 0x0c0d0f)
      const front = quaternion(look.front)
      const turn = quaternion(look.turn)
      root.quaternion.copy(turn).multiply(front)
      up.set(0, 1, 0).applyQuaternion(front.clone().invert())
      for (const { arch, group } of drawn) {
        group.visible = arch === null || !look.hidden.includes(arch)
        const by = look.isApart && arch ? (arch === 'upper' ? 1 : -1) * radius * apartShare : 0
        group.position.copy(up).multiplyScalar(by)
      }
      isClipping = look.section !== null
      if (look.section) {
        clip.normal.copy(axes[look.section.axis]).applyQuaternion(turn).negate()
        clip.constant = look.section.at
      }
      for (const { outside, inside } of drawn) {
        for (const material of [outside, inside]) {
          material.clippingPlanes = isClipping ? [clip] : []
        }
      }
      const { width, height } = to
      if (size.x !== width || size.y !== height) {
        size.set(width, height)
        renderer.setPixelRatio(Math.min(2, devicePixelRatio))
        renderer.setSize(width, height, false)
      }
      // arches are flat: the ball round them would leave them small
      const reach = (look.isApart ? 0.95 : 0.8) / look.zoom
      const aspect = width / Math.max(1, height)
      const [wide, tall] = aspect > 1 ? [reach * aspect, reach] : [reach, reach / aspect]
      camera.left = -wide - look.pan[0]
      camera.right = wide - look.pan[0]
      camera.top = tall - look.pan[1]
      camera.bottom = -tall - look.pan[1]
      camera.position.set(0, 0, 10)
      camera.updateProjectionMatrix()
      renderer.render(scene, camera)
    },
    pick(x, y) {
      const caster = new Raycaster()
      caster.setFromCamera(new Vector2((x / size.x) * 2 - 1, 1 - (y / size.y) * 2), camera)
      const seen = drawn.filter(({ group }) => group.visible)
      const hit = caster
        .intersectObjects(
          seen.map(({ surface }) => surface),
          false,
        )
        .find(({ point }) => !isClipping || clip.distanceToPoint(point) >= 0)
      const model = seen.find(({ surface }) => surface === hit?.object)
      if (!hit || !model) return null
      const at = model.surface.worldToLocal(hit.point.clone())
      return { id: model.id, at: [at.x, at.y, at.z] }
    },
    project({ id, at }) {
      const model = drawn.find((each) => each.id === id)
      if (!model?.group.visible) return null
      const point = model.surface.localToWorld(new Vector3(...at)).project(camera)
      return { x: ((point.x + 1) / 2) * size.x, y: ((1 - point.y) / 2) * size.y }
    },
    close() {
      for (const { geometry, outside, inside } of drawn) {
        geometry.dispose()
        outside.dispose()
        inside.dispose()
      }
      renderer.dispose()
      renderer.forceContextLoss()
    },
  }
}
