import { expect, test } from 'vitest'
import { negotiateRendition } from './negotiate-rendition.ts'

test.each([
  [undefined, ['jpg', 'png']],
  ['*/*', ['jpg', 'png']],
  ['image/*', ['jpg', 'png']],
  // an <img> of Chromium and Firefox
  ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', ['avif', 'webp', 'jpg', 'png']],
  ['image/webp;q=0.5, image/jpeg', ['jpg', 'webp']],
  ['image/png, image/*;q=0.1', ['png', 'jpg']],
  ['image/avif;q=0, image/webp', ['webp']],
  ['image/jpeg;q=0, */*', ['png']],
  ['text/html', []],
])('Accept: %s gives %j', (accept, types) => {
  expect(negotiateRendition(accept)).toEqual(types)
})
