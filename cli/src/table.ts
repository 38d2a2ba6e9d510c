/** Rows under their header in columns, the first to the left and numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const isText = column === 0 || rows.every((row) => !/\d/.test(row[column] ?? ''))
          return isText ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Bytes with three digits and a unit, as prices are by GiB: `12.3 MiB`. */
export function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let [value, unit] = [bytes, 0]
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${unit === 0 ? value : value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${units[unit] ?? ''}`
}

/** Money; less than a cent is not nothing. */
export function amount(value: number, currency: string): string {
  return `${value > 0 && value < 0.005 ? '< 0.01' : value.toFixed(2)} ${currency}`
}
