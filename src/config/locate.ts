import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter } from 'yaml'
import type { KeyPath } from './entries.ts'

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

interface Step {
  readonly key: number | null
  readonly value: unknown
}

function startOf(node: unknown): number | null {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)
    ? (node.range?.[0] ?? null)
    : null
}

function stepInto(document: Document, node: unknown, part: string | number): Step | null {
  const target = isAlias(node) ? node.resolve(document) : node
  if (isSeq(target) && typeof part === 'number') {
    const value = target.items[part]
    return value === undefined ? null : { key: startOf(value), value }
  }
  if (isMap(target)) {
    const pair = target.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
    return pair === undefined ? null : { key: startOf(pair.key), value: pair.value }
  }
  return null
}

/**
 * Where a key path stands in the file: its key, or its value. What is missing is placed at the innermost
 * part that is there.
 */
export function locate(
  document: Document,
  lines: LineCounter,
  keyPath: KeyPath,
  what: 'key' | 'value',
): Position {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const part of keyPath) {
    const step = stepInto(document, node, part)
    if (step === null) {
      return toPosition(lines, offset)
    }
    const isLast = part === keyPath.at(-1)
    offset = (isLast && what === 'value' ? startOf(step.value) : step.key) ?? offset
    node = step.value
  }
  return toPosition(lines, offset)
}

export function toPosition(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}
