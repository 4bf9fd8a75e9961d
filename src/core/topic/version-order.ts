/** Whether version `a` comes after `b`; both written `2` or `5.1`. */
export function isNewer(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number)
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number)
  return aMajor === bMajor ? aMinor > bMinor : aMajor > bMajor
}

/** Whether none of `all` is newer. Versions as in `isNewer`. */
export function isNewestOf(version: string, all: readonly string[]): boolean {
  return !all.some((one) => isNewer(one, version))
}
