import type { FrameBytes, ImageDescription, Output, RenderRequest } from '../pixels.ts'
import type { PixelErrorCode } from '../pixel-error.ts'

/** What the pool asks of a child. */
export type Job =
  | ({ kind: 'render'; frame: FrameBytes; image: ImageDescription; outputs: Output[] } & Pick<
      RenderRequest,
      'window' | 'region' | 'flipHorizontal' | 'flipVertical' | 'withoutOverlays' | 'presentation'
    >)
  | { kind: 'decode'; frame: FrameBytes; image: ImageDescription }
  | { kind: 'view'; frame: FrameBytes; image: ImageDescription }
  | { kind: 'compress'; frame: FrameBytes; image: ImageDescription; transferSyntaxUid: string }

/** What a child is started with. */
export type ChildLimits = { framePixelsMax: number; outputPixelsMax: number }

/** What a child answers; checked again by the pool, which does not trust it. */
export type Answer = { result: unknown } | { error: { code: PixelErrorCode; message: string } }
