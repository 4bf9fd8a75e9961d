/** A time as the servers write it: in seconds. */
export function whole(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
