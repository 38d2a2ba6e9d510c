import type { Settings } from './environment.ts'
import { portIsFree } from './machine/port-is-free.ts'

/**
 * One line for each port that the system needs and another program has, naming the variable that moves it.
 * Orthanc 1.10.1 binds every interface, whatever it is told.
 */
export async function portsInUse(settings: Settings): Promise<string[]> {
  const embedded = settings.orthancUrl === null
  const wanted = [
    { variable: 'PORT', port: settings.port, host: settings.host, what: 'the web page' },
    ...(embedded
      ? [{ variable: 'DICOM_PORT', port: settings.dicomPort, host: '0.0.0.0', what: 'X-ray machines' }]
      : []),
    ...(embedded
      ? [{ variable: 'ORTHANC_PORT', port: settings.orthancPort, host: '0.0.0.0', what: 'Orthanc' }]
      : []),
  ]
  const lines: string[] = []
  for (const { variable, port, host, what } of wanted) {
    if (await portIsFree(port, host)) continue
    lines.push(
      `Port ${port} (for ${what}) is in use by another program: end that, or set ${variable} to another port.`,
    )
  }
  const ports = wanted.filter(({ port }) => port > 0).map(({ port }) => port)
  if (new Set(ports).size < ports.length) lines.push('PORT, DICOM_PORT and ORTHANC_PORT must differ.')
  return lines
}
