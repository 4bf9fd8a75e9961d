import type { Trailer } from '../../core/series/trailer.ts'
import { mailLimits } from './limits.ts'

const trailerLine = /^[ \t]*([A-Za-z0-9_][A-Za-z0-9_-]*):[ \t]+(\S[^\n]*)$/
const neverTrailers = new Set(['phone', 'mail', 'email', 'e-mail', 'prerequisite-message-id'])
const linkNames = new Set(['link', 'buglink', 'closes'])
const impersonalNames = new Set([...linkNames, 'fixes', 'obsoleted-by', 'ci-tag'])
/** What a reply may say of itself, but does not give to a patch. */
const notGiven = new Set(
  'from author cc to date subject subscribe unsubscribe base-commit change-id message-id'.split(
    ' ',
  ),
)

/**
 * Trailers of a commit message: those in its last paragraph (b4's rule). `message` is the message without its title.
 */
export function readCommitTrailers(message: string): readonly Trailer[] {
  const paragraphs = message.trim().split(/\n{2,}/)
  return readTrailers(paragraphs.at(-1) ?? '', () => true)
}

/**
 * Trailers that a reply or cover letter gives (b4's rules for follow-ups): anywhere above the signature and not quoted;
 * the value holds an address, or the name is one of the few that speak of no person. `Fixes:` needs an object name.
 */
export function readGivenTrailers(text: string): readonly Trailer[] {
  const signature = text.startsWith('-- \n') ? 0 : text.indexOf('\n-- \n')
  return readTrailers(signature === -1 ? text : text.slice(0, signature), (name, value) => {
    if (notGiven.has(name)) {
      return false
    }
    const isPerson = /\S+@\S+\.\S+/.test(value)
    const isLink = /https?:\/\//.test(value)
    return (isPerson || impersonalNames.has(name)) && (!isLink || linkNames.has(name))
  })
}

function readTrailers(
  text: string,
  accepts: (name: string, value: string) => boolean,
): readonly Trailer[] {
  const trailers: { key: string; value: string }[] = []
  const lines = text.split('\n')
  let followsTrailer = false
  for (let at = 0; at < lines.length && trailers.length < mailLimits.trailers; at += 1) {
    const line = (lines[at] ?? '').trimEnd()
    const found = line.includes(':') ? trailerLine.exec(line) : null
    const last = trailers.at(-1)
    if (found === null) {
      if (followsTrailer && last !== undefined && /^\s*\[[^\]]+\]$/.test(line)) {
        last.value += `\n${line.trim()}`
      }
      followsTrailer = false
      continue
    }
    const [, key = '', first = ''] = found
    const joined = joinWrapped(first, (lines[at + 1] ?? '').trimEnd())
    const value = (joined ?? first).replace(/<mailto:[^<>]*>/gi, '')
    const name = key.toLowerCase()
    const isFixesOfNothing = name === 'fixes' && !/^[0-9a-f]{6,}/.test(value)
    followsTrailer = false
    if (!neverTrailers.has(name) && !isFixesOfNothing && accepts(name, value)) {
      at += joined === null ? 0 : 1
      trailers.push({ key, value })
      followsTrailer = true
    }
  }
  return trailers
}

/** A value that a mail program wrapped: the address alone on the next line, or an open parenthesis closed there. */
function joinWrapped(value: string, next: string): string | null {
  const isAddress = !value.includes('<') && /^<[^<>]+>$/.test(next)
  const isClosing = /^[0-9a-f]+\s+\([^)]*$/.test(value) && /^[^\n]+\)$/.test(next)
  return isAddress || isClosing ? `${value} ${next}` : null
}
