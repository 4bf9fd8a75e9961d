import path from 'node:path'
import { inject } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

/** The compiled form of a source file of this repository, for `node` to start. */
export function compiledProgram(source: string): string {
  const { dir, name } = path.parse(path.relative(root, path.resolve(root, source)))
  return path.join(inject('compiledFolder'), dir, `${name}.js`)
}
