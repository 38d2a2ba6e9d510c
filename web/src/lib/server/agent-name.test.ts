import { expect, test } from 'vitest'
import { agentName } from './agent-name.ts'

test('a browser is called by the name that its user knows it by', () => {
  const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
  for (const [agent, name] of [
    [`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/140.0 Safari/537.36 Edg/140.0`, 'Edge, Windows'],
    [`Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) ${webkit} Version/18.0 Safari/604.1`, 'Safari, iPad'],
    [`Mozilla/5.0 (Linux; Android 15) ${webkit} Chrome/140.0 Safari/537.36`, 'Chrome, Android'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Linux'],
    ['<script>', ''],
    [null, ''],
  ] as const) {
    expect(agentName(agent)).toBe(name)
  }
})
