import type { Config } from '../../config/config.ts'
import { type Finding, ok, unchecked, warning, wrong } from './finding.ts'
import { isHttpUrl } from './http-url.ts'

const check = 'clock'
const patienceMs = 5_000
/** GitHub refuses what an App signs with a time that is a minute off. */
const tolerableMs = 30_000
const intolerableMs = 5 * 60_000

/** What servers of this configuration are asked for, each of which tells the time with any answer, best first. */
export function clockUrls(config: Pick<Config, 'projects' | 'sources'>): readonly string[] {
  const repositories = config.projects
    .flatMap(({ mirrorUrl, upstreamUrl }) => [mirrorUrl, upstreamUrl ?? ''])
    .filter(isHttpUrl)
  const inboxes = config.sources
    .map((source) => (source.kind === 'public-inbox' ? source.path : ''))
    .filter(isHttpUrl)
  // As git asks, so that it is nothing unusual to any of them.
  const asked = repositories.map((url) => `${url}/info/refs?service=git-upload-pack`)
  return [...new Set([...asked, ...inboxes])]
}

/** The server's time; null where it does not answer or does not tell. */
async function timeOf(url: string, signal: AbortSignal): Promise<Date | null> {
  try {
    const either = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    const { headers, body } = await fetch(url, { redirect: 'manual', signal: either })
    await body?.cancel()
    const date = new Date(headers.get('date') ?? '')
    return Number.isNaN(date.getTime()) ? null : date
  } catch {
    signal.throwIfAborted()
    return null
  }
}

/** Our time against that of the first of these servers that tells it. */
export async function checkClock(
  urls: readonly string[],
  now: () => Date,
  signal: AbortSignal,
): Promise<Finding> {
  for (const url of urls) {
    const theirs = await timeOf(url, signal)
    if (theirs !== null) {
      return judge(now().getTime() - theirs.getTime(), new URL(url).host)
    }
  }
  return urls.length === 0
    ? unchecked(check, 'no server of this configuration tells the time')
    : unchecked(
        check,
        `none of ${urls.map((url) => new URL(url).host).join(', ')} answered with its time`,
      )
}

function judge(aheadMs: number, url: string): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  const message =
    seconds <= 1
      ? `as that of ${url}`
      : `${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${url}`
  const remedy = 'Let this machine take its time from a server: `timedatectl set-ntp true`.'
  if (Math.abs(aheadMs) >= intolerableMs) {
    return wrong(check, message, remedy)
  }
  return Math.abs(aheadMs) >= tolerableMs ? warning(check, message, remedy) : ok(check, message)
}
