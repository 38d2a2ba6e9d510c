import { paraglideVitePlugin } from '@inlang/paraglide-js'
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'
import { messagesCompiler } from './compile-messages.ts'

export default defineConfig({
  plugins: [
    tailwindcss(),
    paraglideVitePlugin(messagesCompiler),
    sveltekit({
      // one folder a build: see start/src/build-web.ts
      adapter: adapter({ out: `build/${process.env['WEB_BUILD'] ?? 'app'}` }),
      compilerOptions: { runes: true },
      // our own forms, see src/lib/server/foreign-change.ts, which decides
      csrf: { trustedOrigins: ['null'] },
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          // positions that floating menus carry as style attributes; no page renders foreign HTML
          'style-src-attr': ['unsafe-inline'],
          'img-src': ['self', 'data:', 'blob:'],
          'font-src': ['self'],
          'connect-src': ['self'],
          'worker-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
      // an open page that finds another version here loads the next page whole
      version: { name: process.env['WEB_VERSION'] ?? String(Date.now()) },
    }),
  ],
  build: { target: 'es2022' },
  // stays outside the bundle: Node runs its TypeScript, and argon2 is a native addon
  environments: { ssr: { build: { rolldownOptions: { external: [/^@bitewing\/db(\/|$)/] } } } },
})
