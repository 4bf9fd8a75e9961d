import { toSha } from '../../core/ids.ts'
import type { PullFacts } from '../../core/message.ts'

const repositoryAt = /^[^>\n]*available in the\s+git repository at:?[ \t]*$/im
const remote = /^\s*([\w+-]+(?:(?::\/\/)|@)[\w/.@:~%+-]+)(?:[\s\\]+([\w/._+-]+))?[ \t]*$/m
const tip = /^[^>\n]*fetch changes up to ([0-9a-f]{64}|[0-9a-f]{40}):?/im

/** What a `git request-pull` mail asks for; null for every other text. */
export function readPull(text: string): PullFacts | null {
  const announced = text.includes('repository at') ? repositoryAt.exec(text) : null
  if (announced === null) {
    return null
  }
  const rest = text.slice(announced.index + announced[0].length).trimStart()
  const [first = '', ...others] = rest.slice(0, 4096).split('\n')
  // A long line is wrapped between repository and ref.
  const second = others.find((line) => line.trim() !== '') ?? ''
  const alone = remote.exec(first)
  if (alone?.[1] === undefined) {
    return null
  }
  const wrappedRef =
    others[0]?.trim() !== '' && /^[\w/._+-]+$/.test(second.trim()) ? second.trim() : null
  const sha = tip.exec(text)?.[1]?.toLowerCase()
  return {
    url: alone[1],
    ref: alone[2] ?? wrappedRef ?? 'HEAD',
    sha: sha === undefined ? null : toSha(sha),
  }
}
