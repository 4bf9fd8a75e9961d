import { createHash, timingSafeEqual } from 'node:crypto'

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Compares two secrets of any length without telling by time where they differ. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}
