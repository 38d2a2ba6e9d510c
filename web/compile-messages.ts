import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile, type CompilerOptions } from '@inlang/paraglide-js'

const folder = fileURLToPath(new URL('.', import.meta.url))
const project = `${folder}project.inlang`

/** The compiler leaves a README, a .gitignore and its version beside the settings; sources stay as they are here. */
function leaveTheProjectAlone(path: unknown): boolean {
  return String(path).startsWith(project)
}
const promises: typeof fs.promises = {
  ...fs.promises,
  writeFile: async (path, ...rest) => {
    if (!leaveTheProjectAlone(path)) await fs.promises.writeFile(path, ...rest)
  },
}

/** From messages/{en,fr}.json to functions in src/paraglide, for the build and for `npm run check`. */
export const messagesCompiler: CompilerOptions = {
  project,
  outdir: `${folder}src/paraglide`,
  fs: { ...fs, promises },
  // the session or the browser's preference decides, see hooks.server.ts; the document's `lang` tells the browser
  strategy: ['globalVariable', 'baseLocale'],
  isServer: 'import.meta.env?.SSR !== false', // tests run it as it is, where no build has said which
  // a check and a build may run at the same time
  cleanOutdir: false,
  emitReadme: false,
}

if (import.meta.main) await compile(messagesCompiler)
