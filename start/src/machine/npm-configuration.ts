/**
 * The variables by which npm tells its scripts where its configuration is (registry, proxy, certificates).
 *
 * npm looks for the machine's own file beside the Node that runs it, and finds none beside the one in node_modules.
 */
export function npmConfiguration(source: NodeJS.ProcessEnv): Record<string, string> {
  const names =
    /^npm_config_(globalconfig|userconfig|prefix|cache|registry|cafile|proxy|https_proxy|noproxy)$/
  return Object.fromEntries(
    Object.entries(source).flatMap(([name, value]) =>
      value !== undefined && names.test(name) ? [[name, value]] : [],
    ),
  )
}
