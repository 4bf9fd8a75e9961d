/** What the subject of a patch mail states. */
export interface PatchSubject {
  readonly isReply: boolean
  readonly version: number
  /** True when a version was written, `v1` included. */
  readonly statesVersion: boolean
  /** 1 of `v5.1`, else 0. */
  readonly minor: number
  /** Null where no counter is written. */
  readonly number: number | null
  /** Null where no counter is written. */
  readonly total: number | null
  /** Bracket words without PATCH, version and counter, in order. */
  readonly prefixes: readonly string[]
  readonly title: string
}

const bracket = /^\s*\[(?<words>[^\]]*)\]\s*:?\s*/
const reply = /^\s*(?:re|aw|antw|sv|vs|fwd?|wg|tr)\s*(?:\[\d+\])?\s*:\s*/i
const glued = /^(?<word>PATCH|RFC)v?(?<version>\d+)(?:\.(?<minor>\d+))?$/i

/** Reads `[RFC PATCH net-next v3 2/7] title`; null for a subject that names no patch. */
export function parsePatchSubject(subject: string): PatchSubject | null {
  let rest = subject.replace(/\s+/g, ' ').trim()
  let isReply = false
  let isPatch = false
  let version: number | null = null
  let minor = 0
  let number: number | null = null
  let total: number | null = null
  const prefixes: string[] = []
  for (;;) {
    const answered = reply.exec(rest)
    if (answered !== null) {
      isReply = true
      rest = rest.slice(answered[0].length)
      continue
    }
    const found = bracket.exec(rest)
    if (found === null) {
      break
    }
    rest = rest.slice(found[0].length)
    for (const word of (found.groups?.['words'] ?? '').split(/[\s,]+/).filter((w) => w !== '')) {
      const counter = /^(?<number>\d+)\/(?<total>\d+)$/.exec(word)?.groups
      const reroll = (/^v(?<version>\d+)(?:\.(?<minor>\d+))?$/i.exec(word) ?? glued.exec(word))
        ?.groups
      if (counter !== undefined) {
        number = Number(counter['number'])
        total = Number(counter['total'])
      } else if (reroll !== undefined) {
        version = Number(reroll['version'])
        minor = Number(reroll['minor'] ?? 0)
        isPatch ||= /^PATCH/i.test(word)
      } else if (/^PATCH$/i.test(word)) {
        isPatch = true
      } else {
        prefixes.push(word)
      }
    }
  }
  if (!isPatch && number === null) {
    return null
  }
  return {
    isReply,
    version: version ?? 1,
    statesVersion: version !== null,
    minor,
    number,
    total,
    prefixes,
    title: rest.trim(),
  }
}
