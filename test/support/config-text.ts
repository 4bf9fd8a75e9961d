import { parse, stringify } from 'yaml'

/** A configuration with only what must be there. */
export const minimalConfig = `
bot: { address: patchferry@example.org }
lists:
  - name: devel
    address: devel@lists.example.org
    sources: [{ maildir: ./inbox }]
projects:
  - name: hello
    lists: [devel]
    mirror: { forge: plain, url: ./mirror.git }
delivery: { maildir: ./outgoing }
`

type Tree = Record<string | number, unknown>

/** The minimal configuration with the values at `changes`' key paths (`projects.0.settle`) put in; undefined removes. */
export function changedConfig(changes: Readonly<Record<string, unknown>>): string {
  const root = parse(minimalConfig) as Tree
  for (const [keyPath, value] of Object.entries(changes)) {
    const parts = keyPath.split('.')
    const last = parts.pop() ?? ''
    let node = root
    for (const part of parts) {
      node[part] ??= {}
      node = node[part] as Tree
    }
    if (value === undefined) {
      delete node[last]
    } else {
      node[last] = value
    }
  }
  return stringify(root)
}
