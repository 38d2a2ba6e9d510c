/** What differs between installations. Paths are absolute, as Orthanc itself sees them. */
export type OrthancOptions = {
  /** Files and index; exists or may be made. */
  storageDirectory: string
  /** For archives that Orthanc assembles; exists. */
  temporaryDirectory: string
  httpPort: number
  dicomPort: number
  /** The one user of the REST API: the gateway and the worker. */
  user: string
  password: string
  /** Whether other hosts reach the REST API: only where a private network stands before it. */
  remoteAccess?: boolean
  /** Whether each file is synced to disk before a device or the gateway is answered; false for throwaway tests. */
  durable?: boolean
  /** Null runs without the hook: the worker then finds arrivals by the changes feed alone, without duplicates. */
  hook: OrthancHook | null
}

export type OrthancHook = {
  /** The Python plugin, `libOrthancPython.so`. */
  pythonPlugin: string
  /** This folder, with `arrival_hook.py` and `called_ae_title.lua`. */
  scriptsDirectory: string
  /** Where duplicates are handed over to the worker; exists, writable for Orthanc and the worker. */
  spoolDirectory: string
  /** With less room than this on the disk of files or spool, a C-STORE is refused, and the device tries again. */
  freeBytesMin?: number
}

/**
 * The configuration of Orthanc, as the JSON it reads: 1.10.1 (Debian 12) and current releases alike, which ignore
 * what they do not know.
 *
 * `orthanc.json` beside this file is the same with `${…}` in place of values; a test keeps them equal.
 */
export function orthancConfiguration(options: OrthancOptions) {
  const { hook, remoteAccess = false, durable = true } = options
  return {
    Name: 'Bitewing',
    StorageDirectory: options.storageDirectory,
    IndexDirectory: options.storageDirectory,
    TemporaryDirectory: options.temporaryDirectory,

    // What comes in is kept as it is, and nothing leaves by itself.
    StorageCompression: false,
    MaximumStorageSize: 0, // no recycling: what may go is the worker's decision
    MaximumPatientCount: 0,
    OverwriteInstances: false, // the first stays; the hook hands over the second
    StoreMD5ForAttachments: true, // tells whose bytes Orthanc holds
    SyncStorageArea: durable,
    StoreDicom: true,
    // "IngestTranscoding" is absent on purpose: any value of it rewrites what arrives.

    // The REST API: for the gateway and the worker, and nothing of what else Orthanc offers.
    HttpServerEnabled: true,
    HttpPort: options.httpPort,
    HttpBindAddresses: remoteAccess ? ['0.0.0.0'] : ['127.0.0.1'], // since 1.12.10; before, every interface
    RemoteAccessAllowed: remoteAccess,
    AuthenticationEnabled: true,
    RegisteredUsers: { [options.user]: options.password },
    HttpThreadsCount: 50,
    KeepAlive: true,
    TcpNoDelay: true,
    HttpCompressionEnabled: false, // it would cost more than the network between
    HttpDescribeErrors: true, // the gateway tells errors apart by their code
    MaximumRequestBodySizeMB: 0, // since 1.12.11; the gateway has its own limit
    OrthancExplorerEnabled: false,
    WebDavEnabled: false,
    ExecuteLuaEnabled: false,
    RestApiWriteToFileSystemEnabled: false,

    // The DICOM port: everyone may send, to any called AE title, any storage SOP class in any transfer syntax;
    // what is for nobody goes to quarantine. Nobody may ask for anything: search and retrieve know no tenants.
    DicomServerEnabled: true,
    DicomAet: 'BITEWING',
    DicomPort: options.dicomPort,
    DicomCheckCalledAet: false,
    DicomThreadsCount: 8, // a slow device holds one as long as it sends
    DicomScpTimeout: 30,
    MaximumPduLength: 131072,
    AcceptedTransferSyntaxes: ['1.2.840.10008.1.*'],
    UnknownSopClassAccepted: true,
    DicomAlwaysAllowEcho: true,
    DicomAlwaysAllowStore: true,
    DicomAlwaysAllowFind: false,
    DicomAlwaysAllowFindWorklist: false,
    DicomAlwaysAllowGet: false,
    DicomAlwaysAllowMove: false,
    DicomModalities: {}, // a known one may do everything by default, on the strength of its name
    DicomModalitiesInDatabase: true, // managed over REST, with every Allow… but AllowEcho and AllowStore off
    OrthancPeers: {},
    DeidentifyLogs: true,
    DefaultEncoding: 'Latin1', // of files that name no character set

    // The rest.
    StableAge: 30, // seconds without arrivals until a study counts as complete
    LimitFindResults: 100,
    LimitFindInstances: 100,
    StorageAccessOnFind: 'Never',
    MaximumStorageCacheSize: 128, // MB
    SaveJobs: true,
    JobsHistorySize: 100,
    ConcurrentJobs: 2,
    LogExportedResources: false,
    MetricsEnabled: true,

    LuaScripts: hook === null ? [] : [`${hook.scriptsDirectory}/called_ae_title.lua`],
    Plugins: hook === null ? [] : [hook.pythonPlugin],
    ...(hook === null
      ? {}
      : {
          PythonScript: `${hook.scriptsDirectory}/arrival_hook.py`,
          PythonVerbose: false,
          // Read by arrival_hook.py.
          Bitewing: {
            SpoolDirectory: hook.spoolDirectory,
            FreeBytesMin: hook.freeBytesMin ?? 512 * 1024 * 1024,
          },
        }),
  }
}
