import type { MessageId, Sha } from '../../core/ids.ts'
import { toMessageId, toSha } from '../../core/ids.ts'

/** What lines of a body say about the series; quoted lines say nothing. */
export interface TextFacts {
  readonly hasDiffstat: boolean
  readonly baseCommit: Sha | null
  /** What stands there in its place: an abbreviation, or something else. */
  readonly strangeBase: string | null
  readonly prerequisitePatchIds: readonly string[]
  readonly changeId: string | null
  readonly supersedes: readonly MessageId[]
  readonly dependsOn: readonly MessageId[]
}

const factLine =
  /^(base-commit|prerequisite-patch-id|prerequisite-message-id|change-id|supersedes|depends-on|based-on):[ \t]*(\S[^\n]*)$/gim
const diffstatLine = /^[ \t]*\d+ files? changed(?:,|[ \t]*$)/m
const fullName = /^(?:[0-9a-f]{64}|[0-9a-f]{40})(?=\s|$)/

/**
 * Reads `base-commit:` and its like as git format-patch, b4 and patchew write them: at the start of a line, in any
 * case. A base-commit is a full object name or nothing; a Gerrit `Change-Id: I...` names a commit, not a series.
 */
export function readTextFacts(text: string): TextFacts {
  const values = new Map<string, string[]>()
  for (const [, key = '', value = ''] of text.matchAll(factLine)) {
    const name = key.toLowerCase()
    values.set(name, [...(values.get(name) ?? []), value.trim()])
  }
  function valuesOf(...names: readonly string[]): readonly string[] {
    return names.flatMap((name) => values.get(name) ?? [])
  }
  const bases = valuesOf('base-commit')
  const base = bases
    .map((value) => fullName.exec(value.toLowerCase())?.[0])
    .find((value) => value !== undefined)
  return {
    hasDiffstat: text.includes(' changed') && diffstatLine.test(text),
    baseCommit: base === undefined ? null : toSha(base),
    strangeBase: base === undefined ? (bases[0] ?? null) : null,
    prerequisitePatchIds: valuesOf('prerequisite-patch-id')
      .map((value) => value.toLowerCase())
      .filter((value) => /^[0-9a-f]{40}$/.test(value)),
    changeId:
      valuesOf('change-id')
        .map((value) => value.split(/\s/)[0] ?? '')
        .find((value) => !/^I[0-9a-f]{40}$/.test(value)) ?? null,
    supersedes: unique(valuesOf('supersedes').flatMap(idsIn)),
    dependsOn: unique(valuesOf('depends-on', 'based-on', 'prerequisite-message-id').flatMap(idsIn)),
  }
}

/** Message-IDs that a value names: in angle brackets, at the end of a URL, or bare as its first word. */
function idsIn(value: string): readonly MessageId[] {
  const angled = [...value.matchAll(/<([^<>\s]+)>/g)].map((match) => idOf(match[1] ?? ''))
  const found = angled.length > 0 ? angled : [idOf(value.split(/[\s,;]/)[0] ?? '')]
  return found.filter((id) => id !== null).map(toMessageId)
}

function idOf(written: string): string | null {
  if (!/^https?:\/\//i.test(written)) {
    return /^[^@/]+@[^@/]+$/.test(written) ? written : null
  }
  const segment = written
    .replace(/[?#].*$/, '')
    .split('/')
    .slice(3)
    .map(percentDecoded)
    .findLast((part) => /^[^@\s\0]+@[^@\s\0]+$/.test(part))
  return segment ?? null
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
