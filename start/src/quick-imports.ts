import { registerHooks, type ResolveFnOutput } from 'node:module'

/**
 * Loaded before programs of ours (`node --import`): they find drizzle-orm's files without its `package.json`.
 *
 * Node takes the description of a package apart for each file of it and for each import of it, all of it each time.
 * drizzle-orm's has 179 KB: a gateway's start spent half of its processor time on that. Where an import leads is what
 * Node itself says, asked once.
 */
const ours = new Map<string, ResolveFnOutput>()

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL = '', conditions } = context
    if (!conditions.includes('import')) return nextResolve(specifier, context)

    // the modules of the package among themselves
    if (parentURL.includes('/node_modules/drizzle-orm/') && /^\.\.?\/.*\.js$/.test(specifier))
      return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }

    if (!/^drizzle-orm(\/|$)/.test(specifier) || parentURL.includes('/node_modules/'))
      return nextResolve(specifier, context)
    const found = ours.get(specifier) ?? { ...nextResolve(specifier, context), shortCircuit: true }
    ours.set(specifier, found)
    return found
  },
})
