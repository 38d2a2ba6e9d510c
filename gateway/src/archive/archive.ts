import type { Readable } from 'node:stream'

/**
 * One Orthanc, addressed by Orthanc ids alone: two practices may hold the same UIDs, so a UID names nothing here.
 *
 * Every function throws `ArchiveAway` when Orthanc cannot be reached or cannot answer now; worth trying again.
 */
export type Archive = {
  /**
   * Stores a DICOM file as it is. Trying again after a failure is safe.
   *
   * @param file.bytes  size of the file in bytes; sent as Content-Length
   * @param file.buffer the file in memory, which must not change before this settles
   * @returns `alreadyHeld`: Orthanc has these four identifiers already and kept what it had, which may be other
   *   bytes (compare `md5`)
   * @throws {ArchiveRefused} Orthanc does not take this file, now or later
   * @throws {ArchiveFull} no room
   */
  store(
    file: { bytes: number } & ({ path: string } | { buffer: Buffer }),
  ): Promise<{ orthancId: string; alreadyHeld: boolean }>
  /** MD5 of the file Orthanc holds, 32 lower-case hexadecimal digits; null when it holds none. */
  md5(orthancId: string): Promise<string | null>
  /** Size of the file Orthanc holds, in bytes; null when it holds none. */
  bytes(orthancId: string): Promise<number | null>
  /**
   * The file Orthanc holds; null when it holds none.
   *
   * @returns `bytes`: length of the whole stream, which fails with `ArchiveAway` when Orthanc breaks off. Destroy
   *   the stream when it is not read to its end.
   */
  read(orthancId: string): Promise<{ bytes: number; stream: Readable } | null>
  /**
   * How the file Orthanc holds came to it; null when it holds none. A later sender of the same identifiers
   * leaves no trace here.
   */
  instanceOrigin(orthancId: string): Promise<InstanceOrigin | null>
  /**
   * Changes after the sequence number `since`, oldest first. Changes of deleted resources vanish from the feed.
   *
   * @param limit largest number of changes to return
   * @returns `last`: where to go on; `done`: nothing further at this moment
   */
  changes(since: number, limit: number): Promise<{ changes: Change[]; last: number; done: boolean }>
  /** Sequence number of the newest change; 0 when there is none. */
  lastChange(): Promise<number>
  /** How many files it holds, of whomever. */
  countFiles(): Promise<number>
  /** Deletes an instance; succeeds when it is not there. */
  remove(orthancId: string): Promise<void>
  /** Resolves when Orthanc answers with our credentials. */
  check(): Promise<void>
  /** Lets requests under way finish and closes the connections. */
  close(): Promise<void>
}

export type InstanceOrigin = {
  /** `DicomProtocol` for a C-STORE, `RestApi` for what the gateway itself uploaded. */
  origin: string
  /** As the device sent them, without padding; '' unless it was a C-STORE. */
  calledAeTitle: string
  remoteAeTitle: string
  remoteAddress: string
  /** '' when Orthanc does not know it. */
  transferSyntaxUid: string
  /** By Orthanc's clock, to the second. */
  receivedAt: Date
}

export type Change = {
  /** Position in the feed; grows, with gaps. */
  sequence: number
  /** `NewInstance`, `NewStudy`, `StableSeries` … */
  kind: string
  orthancId: string
  /** When Orthanc noted it: UTC, `YYYYMMDDTHHMMSS`. */
  date: string
}
