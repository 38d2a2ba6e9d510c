import { m } from '#paraglide/messages.js'
import type { VolumeTool } from './volume-scene.svelte.ts'

/** Every tool with its name, its key and how it is used, in the order of the bar; keys are the image viewer's. */
export const volumeTools = [
  { tool: 'cross', name: m.volume_tool_cross, key: 'C', hint: null },
  { tool: 'window', name: m.view_tool_window, key: 'W', hint: null },
  { tool: 'zoom', name: m.view_tool_zoom, key: 'Z', hint: null },
  { tool: 'pan', name: m.view_tool_pan, key: 'P', hint: null },
  { tool: 'length', name: m.view_tool_length, key: 'L', hint: m.volume_hint_length },
  { tool: 'angle', name: m.view_tool_angle, key: 'A', hint: m.view_hint_angle },
  { tool: 'curve', name: m.volume_tool_curve, key: 'K', hint: m.volume_hint_curve },
] as const satisfies { tool: VolumeTool; name: () => string; key: string; hint: (() => string) | null }[]

/** What a key does at once. */
export const volumeDeeds = [
  { deed: 'mode', name: m.volume_key_mode, key: 'M' },
  { deed: 'next', name: m.volume_key_next, key: 'N' },
  { deed: 'invert', name: m.view_invert, key: 'I' },
  { deed: 'thinner', name: m.volume_key_thinner, key: '[' },
  { deed: 'thicker', name: m.volume_key_thicker, key: ']' },
  { deed: 'projection', name: m.volume_key_projection, key: 'T' },
  { deed: 'panel', name: m.volume_panel, key: 'G' },
  { deed: 'reset', name: m.view_reset, key: '0' },
  { deed: 'full-screen', name: m.view_full_screen, key: 'F' },
  { deed: 'ohif', name: m.view_ohif, key: 'V' },
] as const
export type VolumeDeed = (typeof volumeDeeds)[number]['deed']
