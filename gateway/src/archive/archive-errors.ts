/** Orthanc cannot be reached, broke off, or cannot answer now. Worth trying again later. */
export class ArchiveAway extends Error {
  override name = 'ArchiveAway'
}

/** Orthanc does not take this file, and will not later: it cannot read it, or would read it as something else. */
export class ArchiveRefused extends Error {
  override name = 'ArchiveRefused'
}

/** Orthanc has no room left; nothing of the file was kept. */
export class ArchiveFull extends Error {
  override name = 'ArchiveFull'
}
