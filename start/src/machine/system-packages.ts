import { existsSync } from 'node:fs'

/** Debian's and Ubuntu's packages for the embedded Orthanc and its hook. */
export const orthancPackages: readonly string[] = ['orthanc', 'orthanc-python']

/** What a package is there for: found without asking dpkg, so that other ways of installing it count too. */
const presentAt: Readonly<Record<string, readonly string[]>> = {
  orthanc: ['/usr/sbin/Orthanc', '/usr/bin/Orthanc', '/usr/local/sbin/Orthanc'],
  'orthanc-python': [
    '/usr/share/orthanc/plugins/libOrthancPython.so',
    '/usr/local/share/orthanc/plugins/libOrthancPython.so',
  ],
  'orthanc-dicomweb': ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so'],
  dcmtk: ['/usr/bin/storescu'],
  'chromium-headless-shell': ['/usr/bin/chromium-headless-shell'],
  'python3-swift': ['/usr/lib/python3/dist-packages/swift'],
  'python3-pkg-resources': ['/usr/lib/python3/dist-packages/pkg_resources'],
}

/** Path of Orthanc's program, wherever it was installed. */
export function orthancProgram(): string {
  return presentAt['orthanc']?.find((path) => existsSync(path)) ?? '/usr/sbin/Orthanc'
}

/** Those of `packages` that are not there. */
export function missingPackages(packages: readonly string[]): string[] {
  return packages.filter(
    (name) => !(presentAt[name] ?? [`/usr/share/doc/${name}`]).some((path) => existsSync(path)),
  )
}
