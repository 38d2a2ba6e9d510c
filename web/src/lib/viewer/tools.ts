import type { AnnotationKind } from '@bitewing/db'
import { m } from '#paraglide/messages.js'

/** What dragging on an image does. */
export type Tool = 'window' | 'zoom' | 'pan' | 'magnify' | AnnotationKind

/** Every tool with its name and key, in the order of the bar. */
export const tools = [
  { tool: 'window', name: m.view_tool_window, key: 'W' },
  { tool: 'zoom', name: m.view_tool_zoom, key: 'Z' },
  { tool: 'pan', name: m.view_tool_pan, key: 'P' },
  { tool: 'magnify', name: m.view_tool_magnify, key: 'M' },
  { tool: 'length', name: m.view_tool_length, key: 'L' },
  { tool: 'angle', name: m.view_tool_angle, key: 'A' },
  { tool: 'cobb', name: m.view_tool_cobb, key: 'C' },
  { tool: 'ellipse', name: m.view_tool_ellipse, key: 'E' },
  { tool: 'freehand', name: m.view_tool_freehand, key: 'O' },
  { tool: 'arrow', name: m.view_tool_arrow, key: 'R' },
  { tool: 'text', name: m.view_tool_text, key: 'T' },
  { tool: 'calibration', name: m.view_tool_calibration, key: 'K' },
] as const satisfies { tool: Tool; name: () => string; key: string }[]

/** What is done to an image at once. */
export type Deed =
  | 'invert'
  | 'turn-right'
  | 'turn-left'
  | 'flip-horizontal'
  | 'flip-vertical'
  | 'sharpen'
  | 'equalise'
  | 'reset'
  | 'window-panel'
  | 'list'
  | 'ai'
  | 'layout'
  | 'enlarge'
  | 'link'
  | 'full-screen'
  | 'play'
  | 'slower'
  | 'faster'
  | 'trace'
  | 'ohif'

export const deeds = [
  { deed: 'invert', name: m.view_invert, key: 'I' },
  { deed: 'turn-right', name: m.view_turn_right, key: ']' },
  { deed: 'turn-left', name: m.view_turn_left, key: '[' },
  { deed: 'flip-horizontal', name: m.view_flip_horizontal, key: 'H' },
  { deed: 'flip-vertical', name: m.view_flip_vertical, key: 'J' },
  { deed: 'sharpen', name: m.view_sharpen, key: 'S' },
  { deed: 'equalise', name: m.view_equalise, key: 'Q' },
  { deed: 'reset', name: m.view_reset, key: '0' },
  { deed: 'window-panel', name: m.view_panel_window, key: 'G' },
  { deed: 'list', name: m.view_panel_list, key: 'N' },
  { deed: 'ai', name: m.ai_layer, key: 'Space' },
  { deed: 'layout', name: m.view_layout, key: 'D' },
  { deed: 'enlarge', name: m.view_enlarge, key: 'Y' },
  { deed: 'link', name: m.view_link_short, key: 'B' },
  { deed: 'full-screen', name: m.view_full_screen, key: 'F' },
  { deed: 'play', name: m.view_play, key: 'X' },
  { deed: 'slower', name: m.view_slower, key: ',' },
  { deed: 'faster', name: m.view_faster, key: '.' },
  { deed: 'trace', name: m.ceph_trace_this, key: 'U' },
  { deed: 'ohif', name: m.view_ohif, key: 'V' },
] as const satisfies { deed: Deed; name: () => string; key: string }[]

/** How fast a film plays, against its own pace, slowest first. */
export const speeds = [
  { by: 0.25, text: '¼×' },
  { by: 0.5, text: '½×' },
  { by: 1, text: '1×' },
  { by: 2, text: '2×' },
  { by: 4, text: '4×' },
] as const

/** Of the tools that draw: how it is done. */
export const hints = {
  length: m.view_hint_length,
  angle: m.view_hint_angle,
  cobb: m.view_hint_cobb,
  ellipse: m.view_hint_ellipse,
  freehand: m.view_hint_area,
  arrow: m.view_hint_arrow,
  text: m.view_hint_text,
  calibration: m.view_hint_calibration,
} as const satisfies Record<AnnotationKind, () => string>

export function isDrawing(tool: Tool): tool is AnnotationKind {
  return tool in hints
}
