/** Freezes objects and arrays all the way down, in place. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) {
      deepFreeze(part)
    }
  }
  return value
}
