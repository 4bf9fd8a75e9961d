import { toMessageId, toTopicId } from '../core/ids.ts'
import type { ReportKind } from '../core/project.ts'
import type { Digest, DigestItem } from '../core/report/digest.ts'
import { reportMessageId } from '../core/report/outgoing-id.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import { layOut } from './layout.ts'
import { plainLine, plainSentence } from './plain-text.ts'
import type { Envelope } from './reporter.ts'
import type { FillTemplate } from './template-engine.ts'

/** In the order in which a reader wants them. */
const headings: readonly (readonly [ReportKind, string])[] = [
  ['failure', 'Failed'],
  ['error', 'Could not be tested'],
  ['no-checks', 'Not tested'],
  ['conflict', 'Did not apply'],
  ['damaged', 'Damaged by mail software, or refused by git'],
  ['base-missing', 'Had no base'],
  ['problem', 'Contradict themselves'],
  ['held', 'Held until somebody approves'],
  ['success', 'Passed'],
  ['merged', 'Merged'],
]

function itemView({ name, version, submitter, verdict, anchor, fetch }: DigestItem): unknown {
  const shown = plainLine(name, 200) || '(no subject)'
  return {
    name: version === '1' ? shown : `${shown} (v${plainLine(version, 20)})`,
    submitter: plainLine(submitter.name || submitter.address, 80),
    verdict: plainSentence(verdict),
    anchor: plainLine(anchor, 250),
    fetch: fetch === undefined ? null : plainLine(fetch, 500) || null,
  }
}

function digestView({ project, list, day, every, items, left }: Digest): Record<string, unknown> {
  return {
    project: plainLine(project, 80),
    list: plainLine(list, 80),
    day,
    every,
    count: items.length,
    left: left || null,
    limited: items.filter(({ rule }) => rule.startsWith('limit-')).length || null,
    groups: headings
      .map(([kind, heading]) => ({
        heading,
        items: items.filter((item) => item.kind === kind).map(itemView),
      }))
      .filter((group) => group.items.length > 0),
  }
}

/** As `machineTail` of a report: one `# report:` line for each of those that this stands for. */
function digestTail({ project, list, day, every, items }: Digest): string {
  return [
    '-- Patchferry report 1, for programs',
    '# kind: digest',
    `# project: ${plainLine(project, 80)}`,
    `# list: ${plainLine(list, 80)}`,
    `# day: ${day}`,
    `# every: ${every}`,
    ...items.map(({ kind, topic, version, head, anchor }) =>
      plainLine(`# report: ${kind} ${topic} v${version} ${head ?? 'none'} ${anchor}`, 400),
    ),
    '# end',
  ].join('\n')
}

/** The mail of a digest; it answers none. Pure. */
export function renderDigest(
  digest: Digest,
  envelope: Pick<Envelope, 'from' | 'key' | 'to' | 'cc'>,
  fill: FillTemplate,
): OutgoingMail {
  const { from, key, to, cc } = envelope
  const [project, list] = [plainLine(digest.project, 80), plainLine(digest.list, 80)]
  const count = digest.items.length === 1 ? '1 report' : `${digest.items.length} reports`
  return {
    messageId: reportMessageId(key, from.address.split('@').at(-1) ?? ''),
    inReplyTo: null,
    references: [],
    from,
    to: to.map(({ name, address }) => ({ name: plainLine(name, 100), address })),
    cc: cc.map(({ name, address }) => ({ name: plainLine(name, 100), address })),
    subject: `Patchferry digest of ${list}, ${digest.day}: ${count}`,
    date: digest.at,
    text: `${layOut(fill('digest', digestView(digest)))}\n\n${digestTail(digest)}\n`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Patchwork-Hint': 'ignore',
      'X-Patchferry-Report': 'digest',
      'X-Patchferry-List': list,
      'X-Patchferry-Project': project,
    },
  }
}

/** A made-up digest, for previews and to try a template. */
export function sampleDigest(): Digest {
  const at = new Date('2026-11-21T09:55:00Z')
  const ada = { name: 'Ada Lovelace', address: 'ada@example.org' }
  function item(kind: ReportKind, name: string, version: string, verdict: string): DigestItem {
    const anchor = toMessageId(`20261121095500.${name.length}-1-ada@example.org`)
    return {
      key: `report-${kind}-v${version}-${name.length}`,
      project: 'frob',
      list: 'frob-devel',
      kind,
      topic: toTopicId(anchor),
      version,
      head: null,
      anchor,
      name,
      submitter: ada,
      verdict,
      fetch: `git fetch https://git.example.org/frob.git refs/series/${toTopicId(anchor)}/v${version}-1`,
      rule: kind === 'failure' ? 'limit-per-day' : 'digest',
      at,
    }
  }
  return {
    project: 'frob',
    list: 'frob-devel',
    day: '2026-11-23',
    every: 'day',
    items: [
      item('success', 'frob: count faster', '2', 'This series (v2) passes all 3 checks.'),
      item('failure', 'frob: do not count twice', '1', 'This patch fails its test: unit.'),
      item('success', 'docs: say how to count', '1', 'This patch passes its test.'),
    ],
    left: 2,
    at: new Date('2026-11-23T08:00:00Z'),
  }
}
