import type { ForgeComment } from '../pull-request/forge-comment.ts'

/** What a comment on a pull request asks for: the release of what is held, at this head or, where it names none, as it was then. */
export interface ReleaseAsked {
  /** The first digits of the head that is meant, at least 12; null where none is named. */
  readonly head: string | null
}

const plain = /^\/?ok[ -]to[ -]test[.!]?$/i
const named = /^\/patchferry approve (?<head>[0-9a-f]{12,64})$/

/**
 * What a person asks for by a comment: a line of its own that is `/patchferry approve <head>`, or nothing but `ok to test`. Null
 * for all else, for programs, for quoted text, and for comments that were edited: nobody can tell by whom.
 */
export function readReleaseAsked(comment: ForgeComment): ReleaseAsked | null {
  const { author, key, body, createdAt, updatedAt } = comment
  if (author.isBot || key !== null || updatedAt > createdAt) {
    return null
  }
  const lines = body.split(/\r?\n/).map((line) => line.trim())
  for (const line of lines) {
    const head = named.exec(line)?.groups?.['head']
    if (head !== undefined) {
      return { head }
    }
  }
  const said = lines.filter((line) => line !== '')
  return said.length === 1 && plain.test(said[0] ?? '') ? { head: null } : null
}
