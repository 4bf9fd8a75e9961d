import { toSha } from '../../core/ids.ts'
import type { PullFacts } from '../../core/message.ts'

const repositoryAt = /^[^>\n]*available in the\s+git repository at:?[ \t]*$/im
const remote = /^[\w+-]+(?::\/\/|@)[\w/.@:~%+-]+$/
const refName = /^[\w/._+-]+$/
const tip = /^[^>\n]*fetch changes up to ([0-9a-f]{64}|[0-9a-f]{40}):?/im

/** What a `git request-pull` mail asks for; null for every other text. */
export function readPull(text: string): PullFacts | null {
  const announced = text.includes('repository at') ? repositoryAt.exec(text) : null
  if (announced === null) {
    return null
  }
  const rest = text.slice(announced.index + announced[0].length).trimStart()
  // A long line is wrapped between the two, with or without a backslash.
  const [paragraph = ''] = rest.slice(0, 4096).split(/\n[ \t]*\n/, 1)
  const [url = '', ref = 'HEAD'] = paragraph.split(/[\s\\]+/)
  if (!remote.test(url)) {
    return null
  }
  const sha = tip.exec(text)?.[1]?.toLowerCase()
  return { url, ref: refName.test(ref) ? ref : 'HEAD', sha: sha === undefined ? null : toSha(sha) }
}
