import type { KeyPath } from './entries.ts'
import type { Finding } from './problem.ts'

/**
 * Reading of a file that may be wrong anywhere: what does not have the expected shape is absent, because
 * the schema has already complained of it.
 */
export interface Loose {
  readonly keyPath: KeyPath
  readonly value: unknown
}

/** The value below `key`. */
export function child(parent: Loose, key: string): Loose {
  const value =
    typeof parent.value === 'object' && parent.value !== null && Object.hasOwn(parent.value, key)
      ? (parent.value as Readonly<Record<string, unknown>>)[key]
      : undefined
  return { keyPath: [...parent.keyPath, key], value }
}

/** Entries of a list; none when it is no list. */
export function items(parent: Loose): readonly Loose[] {
  return Array.isArray(parent.value)
    ? parent.value.map((value: unknown, index) => ({ keyPath: [...parent.keyPath, index], value }))
    : []
}

/** Entries of a mapping; none when it is no mapping. */
export function members(parent: Loose): readonly Loose[] {
  return typeof parent.value === 'object' && parent.value !== null && !Array.isArray(parent.value)
    ? Object.keys(parent.value).map((key) => child(parent, key))
    : []
}

export function isPresent(loose: Loose): boolean {
  return loose.value !== undefined && loose.value !== null
}

/** Null when it is no text. */
export function textOf(loose: Loose): string | null {
  return typeof loose.value === 'string' ? loose.value : null
}

/** Every value but the first of those that have one key in common. */
export function repeated(
  values: readonly Loose[],
  keyOf: (text: string) => string,
): readonly Loose[] {
  const seen = new Set<string>()
  return values.filter((value) => {
    const text = textOf(value)
    if (text === null) {
      return false
    }
    const isRepeated = seen.has(keyOf(text))
    seen.add(keyOf(text))
    return isRepeated
  })
}

/** A finding about `loose`. */
export function finding(
  loose: Loose,
  message: string,
  remedy: string,
  at: Finding['at'] = 'value',
): Finding {
  return { keyPath: loose.keyPath, at, message, remedy }
}
