import { readFileSync } from 'node:fs'

interface PackageFile {
  readonly version: string
}

/** The version in package.json, which lies one folder above both src and dist. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageFile
).version
