import { z } from 'zod'
import { schema } from './schema/schema.ts'

/** One key of the file, as the schema describes it. */
export interface ConfigEntry {
  /** Pattern of the key path: `lists[].sources[].poll`, `projects[].tests.environment.*`. */
  readonly pattern: string
  /** Last part of the pattern. */
  readonly key: string
  readonly description: string
  /** For people: `duration`, `text`, `nobody | author`. */
  readonly type: string
  readonly isSection: boolean
  readonly isRequired: boolean
  /** As it would be written, or in words; null where there is none. */
  readonly fallback: string | null
  readonly example: string | null
}

/** What of a JSON Schema is read here, with the words of ours that `meta()` puts in. */
interface Node {
  readonly type?: string
  readonly kind?: string
  readonly description?: string
  readonly fallback?: string
  readonly example?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly items?: Node
  readonly properties?: Readonly<Record<string, Node>>
  readonly additionalProperties?: Node | boolean
  readonly required?: readonly string[]
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  object: 'mapping',
  array: 'list',
}

function typeOf(node: Node): string {
  return node.kind ?? node.enum?.join(' | ') ?? typeNames[node.type ?? ''] ?? node.type ?? 'text'
}

/** The keys below a node: its own, or those of its list's entries. */
function below(node: Node, pattern: string): { readonly node: Node; readonly pattern: string } {
  return node.items?.properties === undefined
    ? { node, pattern }
    : { node: node.items, pattern: `${pattern}[]` }
}

function fallbackOf(node: Node, isSection: boolean): string | null {
  if (node.fallback !== undefined) {
    return node.fallback
  }
  if (node.default === undefined || isSection) {
    return null
  }
  const value = node.default
  return typeof value === 'string'
    ? `\`${value}\``
    : `\`${JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ')}\``
}

function collect(parent: Node, parentPattern: string): readonly ConfigEntry[] {
  return Object.entries(parent.properties ?? {}).flatMap(([key, node]) => {
    const pattern = parentPattern === '' ? key : `${parentPattern}.${key}`
    const inner = below(node, pattern)
    const isSection = inner.node.properties !== undefined
    const entry: ConfigEntry = {
      pattern,
      key,
      description: node.description ?? '',
      type: isSection && node.items !== undefined ? 'list of mappings' : typeOf(node),
      isSection,
      isRequired: parent.required?.includes(key) ?? false,
      fallback: fallbackOf(node, isSection),
      example: node.example ?? null,
    }
    return [entry, ...collect(inner.node, inner.pattern)]
  })
}

/** Every key there is, in the order of the schema, a section before what is in it. */
export function configEntries(): readonly ConfigEntry[] {
  return collect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node, '')
}

export type KeyPath = readonly (string | number)[]

/** `projects[0].tests.timeout`. */
export function keyPathText(keyPath: KeyPath): string {
  return keyPath
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
}

/** The pattern a key path matches: indices left out. */
export function patternOf(keyPath: KeyPath): string {
  return keyPathText(keyPath).replace(/\[\d+\]/g, '[]')
}
