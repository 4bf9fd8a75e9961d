import { readdirSync, readFileSync } from 'node:fs'

/**
 * The texts of `templates/<folder>/*.liquid`, by file name without its ending. The folder lies beside both src and dist.
 */
export function loadTemplates(folder: 'mail'): Readonly<Record<string, string>> {
  const directory = new URL(`../../templates/${folder}/`, import.meta.url)
  const names = readdirSync(directory).filter((name) => name.endsWith('.liquid'))
  return Object.fromEntries(
    names.map((name) => [
      name.replace(/\.liquid$/, ''),
      readFileSync(new URL(name, directory), 'utf8'),
    ]),
  )
}
