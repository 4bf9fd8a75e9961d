import type { Check } from '../core/checks/check.ts'
import type { CiSilence } from '../core/checks/verdict.ts'
import { type RefName, type Sha, toMessageId, toSha, toTopicId } from '../core/ids.ts'
import type { ReportKind } from '../core/project.ts'
import { defaultReportPolicy } from '../core/report/default-report-policy.ts'
import type { Report, ReportedConflict, TestedState } from '../core/report/report.ts'
import type { Envelope } from './reporter.ts'

const anchor = toMessageId('20261121095500.4711-1-ada@example.org')
const topic = toTopicId(anchor)
const main = 'refs/heads/main' as RefName

function sha(digits: string): Sha {
  return toSha(digits.padEnd(40, '0'))
}

function check(context: string, state: Check['state'], changes: Partial<Check> = {}): Check {
  return {
    origin: 'command',
    context,
    sha: sha('c0ffee'),
    state,
    summary: '',
    targetUrl: null,
    failingStep: null,
    excerpt: '',
    startedAt: null,
    finishedAt: null,
    ...changes,
  }
}

const tested: TestedState = {
  base: sha('1a2b3c4d5e6f'),
  baseRule: 'base-commit',
  baseNote: null,
  baseBranch: main,
  commits: [],
  head: sha('c0ffee'),
  fetchUrl: 'https://git.example.org/frob.git',
  fetchRef: `refs/series/${topic}/v1-1` as RefName,
}

const plain: Omit<Report, 'kind'> = {
  project: 'frob',
  list: {
    name: 'frob-devel',
    address: 'frob-devel@lists.example.org',
    listId: null,
    sources: [],
    archiveUrl: null,
    ignoredPrefixes: [],
  },
  topic,
  name: 'frob: count the widgets',
  version: '1',
  total: 3,
  submitter: { name: 'Ada Lovelace', address: 'ada@example.org' },
  answers: {
    messageId: anchor,
    references: [],
    subject: '[PATCH 0/3] frob: count the widgets',
    to: [{ name: '', address: 'frob-devel@lists.example.org' }],
    cc: [],
  },
  tested: null,
  failures: [],
  alreadyBroken: [],
  successes: [],
  conflict: null,
  holds: [],
  problems: [],
  previous: null,
  rangeDiff: null,
  rerun: null,
  at: new Date('2026-11-21T10:00:00Z'),
}

const patchSubject = '[PATCH 2/3] frob: count the widgets'

const conflict: ReportedConflict = {
  number: 2,
  messageId: toMessageId('20261121095500.4711-3-ada@example.org'),
  subject: patchSubject,
  paths: ['src/frob.c'],
  output: 'error: patch failed: src/frob.c:10\nerror: src/frob.c: patch does not apply\n',
  hunks: [],
  olderBase: null,
  base: tested.base,
  baseRule: 'default',
  baseBranch: main,
  baseNote: null,
}

/** What makes a report of this kind. */
const ofKind: Readonly<Record<ReportKind, Partial<Report>>> = {
  success: { tested, successes: [check('build', 'success'), check('unit', 'success')] },
  failure: {
    tested,
    failures: [
      check('unit', 'failure', {
        summary: '2 of 41 tests failed',
        failingStep: 'make check',
        excerpt: 'not ok 17 - an empty list has no widgets\n  # expected 0, got 1\n',
      }),
    ],
    successes: [check('build', 'success')],
  },
  error: { tested, failures: [check('unit', 'error', { summary: 'the container did not start' })] },
  'no-checks': { tested, silence: 'skip-mark' },
  conflict: { conflict },
  damaged: {
    conflict: { ...conflict, output: 'error: corrupt patch at line 17\n' },
    damage: {
      damages: [{ kind: 'wrapped-lines', evidence: 'that was broken in two' }],
      refusal: null,
      program: null,
    },
  },
  'base-missing': {
    baseRungs: [
      { rule: 'base-commit', taken: false, finding: 'no repository known here has 0123456789ab' },
      { rule: 'default', taken: false, finding: 'no branch is configured' },
    ],
  },
  merged: { tested: null, mergedIn: { base: tested.base, branch: main } },
  held: { tested, holds: ['it changes .github/workflows/ci.yml, which CI reads'] },
  problem: {
    problems: [
      {
        code: 'message-id-reused',
        message: 'Two different patches came with the Message-ID of patch 2.',
      },
    ],
  },
}

const coverV2 = {
  ...plain.answers,
  messageId: toMessageId('20261121095800.4712-1-ada@example.org'),
  references: [anchor],
  subject: '[PATCH v2 0/3] frob: count the widgets',
}

/** The kinds that are about one patch answer that. */
const patchV2 = {
  ...coverV2,
  messageId: toMessageId('20261121095800.4712-3-ada@example.org'),
  references: [anchor, coverV2.messageId],
  subject: '[PATCH v2 2/3] frob: count the widgets',
}

/** What a report of any kind may have besides. */
const everything: Partial<Report> = {
  isFirst: true,
  version: '2',
  previous: { version: '1', verdict: 'failure', failedContexts: ['build', 'unit'] },
  rangeDiff: [
    '1:  0a1b2c3 = 1:  4d5e6f7 frob: add a list',
    '2:  8a9b0c1 ! 2:  2d3e4f5 frob: count the widgets',
    '3:  7c8d9e0 = 3:  5a6b7c8 frob: test the count',
    '',
  ].join('\n'),
  publicUrl: tested.fetchUrl,
  testCommand: 'make check',
  rerun: `patchferry retest ${topic} v2`,
}

const approvalUrl = 'https://forge.example.org/frob/actions/runs/4711'

const silences: readonly (CiSilence | null)[] = [
  'no-workflow',
  'approval-needed',
  'base-conflict',
  'all-skipped',
  'no-result',
  null,
]

const unknownBaseNote =
  'It names the base-commit 0123456789ab, which is in no repository known here.'

/** What a report cannot have together with all the rest. */
function otherReports(most: Report): readonly Report[] {
  switch (most.kind) {
    case 'conflict': {
      const output = 'error: sha1 information is lacking or useless (src/file-0.c).\n'
      const lacking = most.conflict && { ...most.conflict, output, olderBase: null }
      return [
        { ...most, conflict: lacking },
        { ...most, conflict: lacking && { ...lacking, unindexedPaths: ['src/file-0.c'] } },
      ]
    }
    case 'damaged': {
      const refusal = { kind: 'path-git', path: '.git/config' } as const
      return [{ ...most, damage: { damages: [], refusal, program: null } }]
    }
    case 'held':
      return [
        { ...most, tested: null, heldOn: most.tested },
        { ...most, releasedByMail: tested.head },
        { ...most, holds: [], silence: 'approval-needed' },
        { ...most, holds: [], silence: 'approval-needed', approvalUrl },
      ]
    case 'no-checks':
      return silences.map((silence) => ({ ...most, silence }))
    case 'success':
      return [
        { ...most, successes: [] },
        { ...most, silence: 'no-workflow' },
      ]
    case 'error':
      return [
        { ...most, failures: [], cancelled: [check('unit', 'cancelled')] },
        { ...most, silence: 'approval-needed', approvalUrl },
      ]
    case 'failure':
    case 'base-missing':
    case 'problem':
    case 'merged':
      return []
  }
}

/**
 * Made-up reports of a kind, one with the least that it can have, one with the most, and those that have what these
 * cannot: for trying templates, and for showing what a report looks like.
 */
export function sampleReports(
  kind: ReportKind,
): readonly [least: Report, most: Report, ...others: Report[]] {
  const least: Report = { ...plain, ...ofKind[kind], kind }
  const most = mostOf(least)
  return [least, most, ...otherReports(most)]
}

function mostOf(least: Report): Report {
  const { kind, conflict } = least
  const isTested = kind === 'success' || kind === 'failure'
  const isOfOnePatch = kind === 'conflict' || kind === 'damaged' || kind === 'failure'
  return {
    ...least,
    ...everything,
    answers: isOfOnePatch ? patchV2 : coverV2,
    alreadyBroken: isTested ? [check('docs', 'failure', { summary: 'sphinx is missing' })] : [],
    tested: least.tested && {
      ...least.tested,
      baseRule: 'default',
      baseNote: unknownBaseNote,
      fetchRef: `refs/series/${topic}/v2-1` as RefName,
      commits: [
        { number: 1, how: 'already-applied' },
        { number: 2, how: '3way' },
      ],
    },
    conflict: conflict && {
      ...conflict,
      messageId: patchV2.messageId,
      subject: patchV2.subject,
      output:
        kind === 'conflict'
          ? 'error: patch failed: src/file-0.c:10\nerror: src/file-0.c: patch does not apply\n'
          : conflict.output,
      paths: Array.from({ length: 20 }, (_, n) => `src/file-${n}.c`),
      hunks: Array.from({ length: 20 }, (_, n) => ({
        path: `src/file-${n}.c`,
        line: n + 10,
        header: `@@ -${n + 10},7 +${n + 10},8 @@ int count(void)`,
      })),
      olderBase: {
        sha: toSha('5'.repeat(40)),
        branch: main,
        committedAt: new Date('2026-10-30T08:00:00Z'),
      },
      baseNote: unknownBaseNote,
    },
    damage: least.damage
      ? {
          damages: [{ kind: 'html', evidence: '+if (a &lt; b)' }],
          refusal: null,
          program: 'thunderbird',
        }
      : null,
    brokenBy:
      kind === 'failure'
        ? { number: 2, sha: sha('5eed'), context: 'unit', subject: patchV2.subject }
        : null,
    failures: least.failures.map((red) => ({
      ...red,
      targetUrl: 'https://ci.example.org/runs/4711',
    })),
  }
}

export const sampleEnvelope: Envelope = {
  from: { name: 'Patchferry', address: 'patchferry@example.org' },
  key: 'report-sample',
  audience: 'author-and-list',
  to: [plain.submitter],
  cc: plain.answers.to,
  maintainers: [{ name: 'Max Muster', address: 'max@example.org' }],
}

/** To those who hear of this kind where nothing is configured; where that is nobody, to author and list. */
export function sampleEnvelopeOf(kind: ReportKind): Envelope {
  const { maintainers } = sampleEnvelope
  switch (defaultReportPolicy(maintainers).audience[kind]) {
    case 'author':
      return { ...sampleEnvelope, audience: 'author', cc: [] }
    case 'maintainers':
      return { ...sampleEnvelope, audience: 'maintainers', to: maintainers, cc: [] }
    case 'author-and-list':
    case 'results':
    case 'nobody':
      return sampleEnvelope
  }
}
