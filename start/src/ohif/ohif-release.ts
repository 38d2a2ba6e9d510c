/**
 * The one OHIF release that this version of Bitewing serves.
 *
 * To move to another: change `version` and `integrity`, install, and mend what `rewriteBundle` and
 * `viewerPage` refuse. Raise `revision` whenever the rewriting changes, since every file below
 * `assetsPath` is cached by browsers for good.
 */
const version = '3.13.2'
const revision = 1

export const ohifRelease = {
  packageName: '@ohif/app',
  version,
  /** SHA-512 of the package archive, in the form of a lock file. */
  integrity:
    'sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==',
  /** Names the installed files: the same name always means the same bytes. */
  name: `${version}-${revision}`,
  /** Where the viewer is served. Matches `gateway/src/viewer/viewer-routes.ts`. */
  viewerPath: '/viewer/',
  /** Where its scripts, styles and WebAssembly are served. */
  assetsPath: `/viewer/${version}-${revision}/`,
} as const
