const mask = '[redacted]'
const maxDepth = 8
const maxText = 8192

/** Names of fields whose value is never written, whatever it is. */
const secretKey =
  /^(?:.*[-_])?(?:password|passwd|passphrase|secret|token|authorization|cookie|set-cookie|api[-_]?key|private[-_]?key|credentials?)s?$/i
const secretEnding =
  /(?:Password|Passphrase|Secret|Token|Authorization|Cookie|ApiKey|PrivateKey|Credentials?)s?$/

function isSecretKey(key: string): boolean {
  return secretKey.test(key) || secretEnding.test(key)
}

function cut(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText)}… ${text.length - maxText} more`
}

function cleanError(error: Error, seen: readonly object[]): Record<string, unknown> {
  const { name, message, stack, cause, ...own } = error as Error & Record<string, unknown>
  return {
    name,
    message: cut(message),
    ...cleanMembers(own, seen),
    ...(typeof stack === 'string' ? { stack: cut(stack) } : {}),
    ...(cause === undefined ? {} : { cause: clean(cause, seen) }),
  }
}

function cleanMembers(value: object, seen: readonly object[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => typeof member !== 'function' && member !== undefined)
      .map(([key, member]) => [key, isSecretKey(key) ? mask : clean(member, seen)]),
  )
}

function cleanObject(value: object, seen: readonly object[]): unknown {
  if (seen.includes(value)) {
    return '[circular]'
  }
  const inside = [...seen, value]
  if (inside.length > maxDepth) {
    return '[too deep]'
  }
  if (value instanceof Error) {
    return cleanError(value, inside)
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  }
  if (value instanceof URL) {
    return cut(value.href)
  }
  if (ArrayBuffer.isView(value)) {
    return `[${value.byteLength} bytes]`
  }
  if (value instanceof Map) {
    return clean(Object.fromEntries(value), seen)
  }
  if (value instanceof Set || Array.isArray(value)) {
    return [...value].map((member) => clean(member, inside))
  }
  return cleanMembers(value, inside)
}

function clean(value: unknown, seen: readonly object[]): unknown {
  if (typeof value === 'string') {
    return cut(value)
  }
  if (typeof value === 'bigint') {
    return value.toString()
  }
  return typeof value === 'object' && value !== null ? cleanObject(value, seen) : value
}

/**
 * What JSON can hold of log fields: errors with code, details, cause and stack; dates as ISO text; bytes as
 * their number; long text cut. The values of fields with secret names are masked at every depth.
 */
export function cleanFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return cleanMembers(fields, [fields])
}
