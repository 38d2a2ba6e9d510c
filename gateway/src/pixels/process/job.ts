import type { LentPart } from '../../object-store/lent-part.ts'
import type { FrameBytes, ImageDescription, LentFrame, Output, RenderRequest } from '../pixels.ts'
import type { PixelErrorCode } from '../pixel-error.ts'
import type { Arch, MeshFormat } from '@bitewing/models'

/** What is worked on in a child. */
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
export type PoolJob = Job<FrameBytes | LentFrame>

/** As it comes to a child, which reads what is lent. */
export type SentJob = Job<FrameBytes | { lent: LentPart; transferSyntaxUid: string }>

/** What a child is started with. */
export type ChildLimits = { framePixelsMax: number; outputPixelsMax: number }

/**
 * What a child answers; checked again by the pool, which does not trust it. `unread`: what was lent is not there or not
 * whole.
 */
export type Answer =
  { result: unknown } | { unread: true } | { error: { code: PixelErrorCode; message: string } }
