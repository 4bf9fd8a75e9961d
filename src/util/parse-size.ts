const unitBytes = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const

/** Reads `64KB`, `1MB`, `2GB` or `100B` as bytes (1 KB is 1024 bytes); null for anything else. */
export function parseSize(text: string): number | null {
  const match = /^(?<count>\d{1,6}) ?(?<unit>B|KB|MB|GB)$/i.exec(text.trim())?.groups
  if (match === undefined) {
    return null
  }
  return Number(match['count']) * unitBytes[match['unit']?.toUpperCase() as keyof typeof unitBytes]
}
