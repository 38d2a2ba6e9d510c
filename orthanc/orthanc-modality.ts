/**
 * What `PUT /modalities/{tenant}_{device}` takes for a device of a practice. Orthanc allows letters, digits, `-` and `_`
 * in that name; a slug has no `_`.
 *
 * Orthanc lets a known modality find, get and move everything by default, by AE title alone, and it knows no
 * tenants: so a device may echo and send, as every stranger may, and nothing else.
 *
 * @param device.aeTitle   the device's own AE title, at most 16 characters (PS3.5 §6.2)
 * @param device.localAeTitle the practice's AE title, by which Orthanc introduces itself to the device
 */
export function orthancModality(device: {
  aeTitle: string
  host: string
  port: number
  localAeTitle: string
}) {
  return {
    AET: device.aeTitle,
    Host: device.host,
    Port: device.port,
    LocalAet: device.localAeTitle,
    Manufacturer: 'Generic',
    AllowEcho: true,
    AllowStore: true,
    AllowFind: false,
    AllowFindWorklist: false,
    AllowGet: false,
    AllowMove: false,
    AllowStorageCommitment: false,
    AllowNAction: false,
    AllowEventReport: false,
    AllowTranscoding: false,
  }
}
