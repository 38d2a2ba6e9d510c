/**
 * Debian packages that `startSwift` needs. `python3-swift` holds all four servers and the S3 front door; the
 * packages `swift-proxy`, `swift-object` … only add init scripts, a system user and a syslog daemon to it, and
 * are left out so that nothing starts by itself.
 */
export const swiftPackages: readonly string[] = ['python3-swift', 'python3-pkg-resources']
