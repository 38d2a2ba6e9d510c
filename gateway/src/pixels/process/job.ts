import type { ComingFrame, FrameBytes, ImageDescription, Output, RenderRequest } from '../pixels.ts'
import type { PixelErrorCode } from '../pixel-error.ts'
import type { Arch, MeshFormat } from '@bitewing/models'

/** What the pool asks of a child, to which a frame always comes as bytes. */
export type Job<Frame = FrameBytes> =
  | ({ kind: 'render'; frame: Frame; image: ImageDescription; outputs: Output[] } & Pick<
      RenderRequest,
      'window' | 'region' | 'flipHorizontal' | 'flipVertical' | 'withoutOverlays' | 'presentation'
    >)
  | { kind: 'decode'; frame: Frame; image: ImageDescription }
  | { kind: 'view'; frame: Frame; image: ImageDescription }
  | { kind: 'compress'; frame: Frame; image: ImageDescription; transferSyntaxUid: string }
  /** `frame` is a file of a mesh */
  | { kind: 'model'; frame: FrameBytes; format: MeshFormat; arch: Arch | null; outputs: Output[] }

/** As the pool has it. */
export type PoolJob = Job<FrameBytes | ComingFrame>

/** What a child is started with. */
export type ChildLimits = { framePixelsMax: number; outputPixelsMax: number }

/** What a child answers; checked again by the pool, which does not trust it. */
export type Answer = { result: unknown } | { error: { code: PixelErrorCode; message: string } }
