import type { z } from 'zod'
import { nearestWord } from '../util/nearest-word.ts'
import { type ConfigEntry, type KeyPath, patternOf } from './entries.ts'
import type { Finding } from './problem.ts'

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

function nameOfValue(value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list'
  }
  return value instanceof Date ? 'a date' : (typeNames[typeof value] ?? typeof value)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function exampleOf(entry: ConfigEntry | undefined): string {
  if (entry === undefined) {
    return 'See docs/configuration.md.'
  }
  const example = entry.example === null ? '' : ` For example \`${entry.key}: ${entry.example}\`.`
  return `${entry.description}${example}`
}

function suggestion(word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known)
  const meant = nearest === null ? '' : `Did you mean \`${nearest}\`? `
  return `${meant}Possible here: ${known.join(', ')}.`
}

function keysAt(entries: readonly ConfigEntry[], keyPath: KeyPath): readonly string[] {
  const parent = patternOf(keyPath)
  return entries
    .filter((entry) => entry.pattern === (parent === '' ? entry.key : `${parent}.${entry.key}`))
    .map((entry) => entry.key)
}

function explainType(
  issue: z.core.$ZodIssueInvalidType,
  at: Omit<Finding, 'message' | 'remedy'>,
  entry: ConfigEntry | undefined,
): Finding {
  if (at.keyPath.length === 0) {
    return {
      ...at,
      message: issue.input === null ? 'is empty' : 'must be a mapping of keys to values',
      remedy: 'Begin with what `patchferry init` writes, or see docs/configuration.md.',
    }
  }
  if (issue.input === undefined) {
    return { ...at, message: 'is missing', remedy: exampleOf(entry) }
  }
  if (issue.input === null) {
    return { ...at, message: 'is empty', remedy: 'Give it a value, or remove it.' }
  }
  const isScalar = ['number', 'boolean', 'bigint'].includes(typeof issue.input)
  const isText = !['duration', 'size', 'secret', 'secret file'].includes(entry?.type ?? 'text')
  const isQuotable = issue.expected === 'string' && isScalar && isText
  return {
    ...at,
    at: 'value',
    message: `must be ${typeNames[issue.expected] ?? issue.expected}, but is ${nameOfValue(issue.input)}`,
    remedy: isQuotable ? `Put it in quotes: '${shown(issue.input)}'.` : exampleOf(entry),
  }
}

/** The entry of a key; of an item of a list or mapping, that of the list or mapping. */
function entryOf(entries: readonly ConfigEntry[], keyPath: KeyPath): ConfigEntry | undefined {
  const pattern = patternOf(keyPath).replace(/\[\]$/, '')
  const parent = patternOf(keyPath.slice(0, -1))
  return (
    entries.find((entry) => entry.pattern === pattern) ??
    entries.find((entry) => entry.pattern === parent)
  )
}

function explainUnknownKeys(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  keyPath: KeyPath,
  entries: readonly ConfigEntry[],
): readonly Finding[] {
  const known = keysAt(entries, keyPath)
  return issue.keys.map((key) => ({
    keyPath: [...keyPath, key],
    at: 'key',
    message: 'is an unknown key',
    remedy: suggestion(key, known),
  }))
}

/** Turns what zod found into sentences for somebody who never heard of zod; one issue may be several findings. */
export function explainIssue(
  issue: z.core.$ZodIssue,
  entries: readonly ConfigEntry[],
): readonly Finding[] {
  const keyPath = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  const entry = entryOf(entries, keyPath)
  const isMissing = issue.input === undefined
  const at = { keyPath, at: isMissing ? 'key' : 'value' } as const
  switch (issue.code) {
    case 'unrecognized_keys':
      return explainUnknownKeys(issue, keyPath, entries)
    case 'invalid_type':
      return [explainType(issue, at, entry)]
    case 'invalid_value': {
      if (isMissing) {
        const isOurs = issue.message.startsWith('is missing')
        return [{ ...at, message: isOurs ? issue.message : 'is missing', remedy: exampleOf(entry) }]
      }
      const message = 'has a value that is not one of those possible'
      const remedy = suggestion(shown(issue.input), issue.values.map(String))
      return [{ ...at, message, remedy }]
    }
    case 'invalid_key':
      return [{ ...at, at: 'key', message: 'is no possible name here', remedy: exampleOf(entry) }]
    case 'custom': {
      const remedy: unknown = issue.params?.['remedy']
      const advice = typeof remedy === 'string' ? remedy : exampleOf(entry)
      return [{ ...at, message: issue.message, remedy: advice }]
    }
    // The messages of these are written in the schema.
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'too_big':
    case 'too_small':
      return [{ ...at, message: issue.message, remedy: exampleOf(entry) }]
  }
}
