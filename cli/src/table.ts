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

/** Bytes in GiB with two decimals. */
export function gibibytes(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(2)
}

export function amount(value: number, currency: string): string {
  return `${value.toFixed(2)} ${currency}`
}
