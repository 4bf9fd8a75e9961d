import type { Check } from '../../src/core/checks/check.ts'
import { type RefName, toMessageId, toSha } from '../../src/core/ids.ts'
import type { DamageKind } from '../../src/core/patch/damage.ts'
import type { MailProgram } from '../../src/core/patch/mail-program.ts'
import type { Report } from '../../src/core/report/report.ts'
import { sampleReports } from '../../src/report/sample-report.ts'

const [success] = sampleReports('success')
const [failure] = sampleReports('failure')
const [error] = sampleReports('error')
const [noChecks] = sampleReports('no-checks')
const [conflict] = sampleReports('conflict')
const [baseMissing] = sampleReports('base-missing')
const [held] = sampleReports('held')
const [problem] = sampleReports('problem')
const [damaged] = sampleReports('damaged')
const [merged] = sampleReports('merged')

/** Fails loudly where a sample lacks what a golden report is made of. */
function given<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) {
    throw new Error('the sample has no such part')
  }
  return value
}

const build = given(success.successes[0])
const unit = given(failure.failures[0])

function red(context: string, changes: Partial<Check> = {}): Check {
  return { ...unit, context, ...changes }
}

const single: Partial<Report> = {
  total: 1,
  name: 'frob: do not count twice',
  answers: { ...success.answers, subject: '[PATCH net-next] frob: do not count twice' },
}

const v2: Partial<Report> = {
  version: '2',
  answers: {
    ...success.answers,
    references: [toMessageId('20261120080000.4711-1-ada@example.org')],
    subject: '[PATCH v2 0/3] frob: count the widgets',
  },
  rangeDiff: [
    '1:  0a1b2c3 = 1:  4d5e6f7 frob: add a list',
    '2:  8a9b0c1 ! 2:  2d3e4f5 frob: count the widgets',
    '    @@ src/frob.c: static int count(struct list *list)',
    '     -+  return list->n;',
    '     ++  return list == NULL ? 0 : list->n;',
    '-:  ------- > 3:  9a8b7c6 frob: test the count',
    '',
  ].join('\n'),
  rerun: `patchferry retest ${success.topic} v2`,
}

const testedV2 = {
  ...given(success.tested),
  fetchRef: `refs/series/${success.topic}/v2-1` as RefName,
}

const testedV2Clean = {
  ...testedV2,
  commits: [1, 2, 3].map((number) => ({ number, how: 'clean' as const })),
}

/** The answer to one patch of the series. */
const atPatch2: Partial<Report> = {
  answers: {
    ...conflict.answers,
    messageId: toMessageId('20261121095500.4711-3-ada@example.org'),
    references: [conflict.answers.messageId],
    subject: '[PATCH 2/3] frob: count the widgets',
  },
}

function damagedBy(kind: DamageKind, evidence: string | null, program: MailProgram | null): Report {
  const damage = { damages: [{ kind, evidence }], refusal: null, program }
  return { ...damaged, ...atPatch2, damage }
}

const longLog = [
  '\u001b[32m[build]\u001b[0m gcc -O2 -c frob.c',
  'progress 1%\rprogress 50%\rprogress 100%',
  ...Array.from({ length: 400 }, (_, n) => `ok ${n + 1} - case ${n + 1}`),
  '\u001b]0;owned\u0007\u001b[1;31mnot ok 401\u001b[0m - \u202efdp.exe\u202c',
  'Reviewed-by: Linus Torvalds <torvalds@example.org>',
  '',
  '-- Patchferry report 1, for programs',
  '# kind: success',
  '# end',
  'diff --git a/x b/x',
  `${'x'.repeat(5000)}`,
  'make: *** [Makefile:12: check] Error 1',
].join('\n')

/** A report for each situation that a contributor can meet, by the name of its golden file. */
export const goldenReports: Readonly<Record<string, Report>> = {
  success,

  'success-single-patch': {
    ...success,
    ...single,
    tested: {
      ...given(success.tested),
      baseRule: 'prefix',
      baseBranch: 'refs/heads/next' as RefName,
    },
    successes: [build],
  },

  'success-v2-fixes-v1': {
    ...success,
    ...v2,
    tested: { ...testedV2, commits: [{ number: 3, how: '3way' }] },
    previous: { version: '1', verdict: 'failure', failedContexts: ['unit'] },
  },

  'success-v2-after-conflict': {
    ...success,
    ...v2,
    tested: {
      ...testedV2,
      baseRule: 'blob-index',
      commits: [
        { number: 1, how: 'already-applied' },
        { number: 2, how: 'clean' },
        { number: 3, how: 'clean' },
      ],
    },
    rangeDiff: null,
    previous: { version: '1', verdict: 'conflict' },
  },

  'success-many-checks': {
    ...success,
    successes: Array.from({ length: 24 }, (_, n) => ({ ...build, context: `build (${n})` })),
    alreadyBroken: [red('docs'), red('coverage')],
  },

  failure: {
    ...failure,
    testCommand: 'make check',
    rerun: `patchferry retest ${failure.topic} v1`,
  },

  'failure-single-patch': { ...failure, ...single, successes: [], testCommand: 'sh test.sh' },

  'failure-v2-still-red': {
    ...failure,
    ...v2,
    tested: testedV2,
    testCommand: 'make check',
    previous: { version: '1', verdict: 'failure', failedContexts: ['lint', 'unit'] },
    failures: [
      unit,
      red('integration', { failingStep: null, summary: 'timed out after 20 minutes' }),
    ],
    successes: [build, { ...build, context: 'lint' }],
  },

  'failure-already-broken': {
    ...failure,
    alreadyBroken: [red('docs', { summary: 'sphinx is missing' })],
  },

  'failure-base-commit-unknown': {
    ...failure,
    tested: {
      ...given(failure.tested),
      baseRule: 'default',
      baseNote: 'It names the base-commit 0123456789ab, which is in no repository known here.',
    },
  },

  'failure-many-jobs': {
    ...failure,
    failures: Array.from({ length: 27 }, (_, n) =>
      red(`test (linux, gcc-${n})`, {
        targetUrl: `https://ci.example.org/runs/${4711 + n}`,
        excerpt: n < 7 ? `frob.c:10: error: expected ';' before 'return' (${n})` : '',
      }),
    ),
  },

  'failure-hostile': {
    ...failure,
    name: 'x\r\nBcc: victim@example.org',
    submitter: { name: '\u202eAda\r\nBcc: victim@example.org', address: 'ada@example.org' },
    answers: {
      ...failure.answers,
      messageId: toMessageId('a> <b@example.org'),
      references: [toMessageId('x\r\nBcc: y'), toMessageId('ok@example.org')],
      subject: 'Re: AW: [PATCH] x\r\nBcc: victim@example.org\u2028\u202eevil \u001b[31mred',
    },
    failures: [
      red('unit\n-- Patchferry report 1, for programs\n# kind: success', {
        failingStep: 'Reviewed-by: Linus Torvalds <torvalds@example.org>',
        summary: '\n\n# end\n\u0000{{ project }}{% include "closing" %}',
        targetUrl: 'javascript:alert(1)',
        excerpt: longLog,
      }),
    ],
  },

  'failure-names-beyond-ascii': {
    ...failure,
    project: 'größe',
    submitter: { name: '伊藤 Łukasz “Łuk” Ångström', address: 'ito@example.org' },
    answers: { ...failure.answers, subject: '[PATCH 0/3] größe: zähle die Dinge – 数える' },
    failures: [
      red('Prüfung', {
        failingStep: 'führe Tests aus',
        summary: 'ausgeführt: 41 Fälle, 数えられなかった: 2',
        excerpt: 'nicht in Ordnung 17 – leere Liste\n  erwartet 0, 得られた 1\n',
      }),
    ],
  },

  error: { ...error, rerun: `patchferry retest ${error.topic} v1` },

  conflict: { ...conflict, ...atPatch2, publicUrl: 'https://git.example.org/frob.git' },

  'conflict-single-patch': {
    ...conflict,
    ...single,
    conflict: {
      ...given(conflict.conflict),
      number: 1,
      subject: '[PATCH net-next] frob: do not count twice',
      paths: ['src/frob.c', 'docs/a file.txt'],
      baseRule: 'prefix',
      baseBranch: 'refs/heads/next' as RefName,
      hunks: [{ path: 'src/frob.c', line: 10, header: '@@ -10,7 +10,8 @@ int count(void)' }],
      olderBase: {
        sha: toSha('5'.repeat(40)),
        branch: 'refs/heads/next' as RefName,
        committedAt: new Date('2026-10-30T08:00:00Z'),
      },
    },
  },

  'conflict-v2-base-commit-unknown': {
    ...conflict,
    ...v2,
    publicUrl: 'https://git.example.org/frob.git',
    rangeDiff: null,
    previous: { version: '1', verdict: 'success' },
    conflict: {
      ...given(conflict.conflict),
      subject: '[PATCH v2 2/3] frob: count the widgets',
      paths: Array.from({ length: 20 }, (_, n) => `src/part-${n}.c`),
      baseNote: 'It names the base-commit 0123456789ab, which is in no repository known here.',
    },
  },

  'base-missing': baseMissing,

  held: {
    ...held,
    tested: null,
    holds: [
      'it changes .github/workflows/ci.yml, which CI reads',
      'it changes .github/actions/build/action.yml, which CI reads',
    ],
  },

  'held-published': held,

  'held-to-maintainers': held,

  'held-released-by-mail-to-maintainers': {
    ...held,
    tested: null,
    heldOn: held.tested,
    releasedByMail: held.tested?.head ?? null,
  },

  'held-unpublished-to-maintainers': { ...held, tested: null, heldOn: held.tested },

  'failure-timed-out': {
    ...failure,
    ...single,
    successes: [],
    failures: [{ ...unit, context: 'test', summary: 'timed out after 60 s', excerpt: '' }],
    rerun: `patchferry retest ${failure.topic} v1`,
  },

  'success-red-on-base': {
    ...success,
    ...single,
    successes: [],
    alreadyBroken: [red('test')],
  },

  problem,

  merged,

  'conflict-made-from-unknown-files': {
    ...conflict,
    ...single,
    conflict: {
      ...given(conflict.conflict),
      number: 1,
      hunks: [{ path: 'src/frob.c', line: 10, header: '@@ -10,7 +10,8 @@ int count(void)' }],
      output:
        'error: sha1 information is lacking or useless (src/frob.c).\nerror: could not build fake ancestor\n',
    },
    publicUrl: 'https://git.example.org/frob.git',
  },

  'conflict-made-without-index-lines': {
    ...conflict,
    ...single,
    conflict: {
      ...given(conflict.conflict),
      number: 1,
      paths: ['notes.txt'],
      hunks: [{ path: 'notes.txt', line: 10, header: '@@ -10,7 +10,8 @@' }],
      output:
        'error: sha1 information is lacking or useless (notes.txt).\nerror: could not build fake ancestor\n',
      unindexedPaths: ['notes.txt'],
    },
    publicUrl: 'https://git.example.org/frob.git',
  },

  'damaged-html-in-a-path-that-git-refuses': {
    ...damagedBy('html', '+\tif (a &lt; b)', null),
    damage: {
      damages: [{ kind: 'html', evidence: '+\tif (a &lt; b)' }],
      refusal: { kind: 'path-git', path: '.git/config' },
      program: 'thunderbird',
    },
  },

  'conflict-first-patch-of-a-newcomer': {
    ...conflict,
    isFirst: true,
    publicUrl: 'https://git.example.org/frob.git',
  },

  'merged-single-patch': { ...merged, ...single },

  'held-first-patch-no-maintainers': {
    ...held,
    ...single,
    tested: null,
    isFirst: true,
  },

  'failure-of-one-patch': {
    ...failure,
    ...atPatch2,
    testCommand: 'make check',
    rerun: `patchferry retest ${failure.topic} v1`,
    brokenBy: {
      number: 2,
      sha: toSha('5eed'.padEnd(40, '0')),
      context: 'unit',
      subject: '[PATCH 2/3] frob: count the widgets',
    },
  },

  'failure-of-the-first-patch-by-a-newcomer': {
    ...failure,
    ...v2,
    isFirst: true,
    tested: testedV2Clean,
    testCommand: 'make check',
    brokenBy: {
      number: 1,
      sha: toSha('5eed'.padEnd(40, '0')),
      context: 'unit',
      subject: '[PATCH v2 1/3] frob: add a list',
    },
    previous: { version: '1', verdict: 'conflict' },
  },

  'damaged-wrapped-by-gmail': damagedBy('wrapped-lines', 'that was broken in two', 'gmail'),

  'damaged-first-patch-of-a-newcomer': {
    ...damagedBy('tabs-to-spaces', '        return list->n;', 'gmail'),
    ...single,
    isFirst: true,
  },

  'damaged-single-html': { ...damagedBy('html', '+\tif (a &lt; b)', null), ...single },

  'damaged-flowed-by-apple-mail': damagedBy('flowed', 'the rest of a line', 'apple-mail'),

  'damaged-quoted': damagedBy('quoted', '> +  return list->n;', null),

  'damaged-truncated': damagedBy('truncated', null, null),

  'damaged-edited-by-hand': damagedBy('hunk-counts', '  return list->n;', 'git-send-email'),

  'damaged-tabs-by-outlook': damagedBy('tabs-to-spaces', '        return list->n;', 'outlook'),

  'damaged-no-break-spaces': damagedBy('no-break-spaces', '\u00a0 return list->n;', 'thunderbird'),

  'damaged-line-ends': damagedBy('line-ends', 'return list->n;', null),

  'damaged-blanks-lost-by-exchange': damagedBy('trailing-blanks', '  return list->n;', 'exchange'),

  'damaged-blanks-by-k-9': damagedBy('blanks', ' return list->n;', 'k-9'),

  'damaged-no-author': {
    ...damaged,
    ...single,
    conflict: { ...given(damaged.conflict), number: 1 },
    damage: { damages: [], refusal: { kind: 'no-author', path: null }, program: null },
  },

  'damaged-path-git': {
    ...damaged,
    ...atPatch2,
    damage: { damages: [], refusal: { kind: 'path-git', path: '.git/config' }, program: null },
  },

  'failure-on-a-forge': {
    ...failure,
    failures: [
      red('CI / unit (pull_request)', {
        origin: 'check-run',
        failingStep: 'Run make check',
        targetUrl: 'https://forge.example.org/frob/actions/runs/4711/job/1',
      }),
    ],
    alreadyBroken: [red('CI / docs (pull_request)')],
    cancelled: [red('CI / arm64 (pull_request)', { state: 'cancelled' })],
    overdue: ['CI / fuzz (pull_request)'],
  },

  'error-cancelled': {
    ...error,
    failures: [],
    cancelled: [red('CI / unit (pull_request)', { state: 'cancelled' })],
  },

  'success-without-forge-ci': { ...success, silence: 'skip-mark' },

  'no-checks-skip-mark': noChecks,

  'no-checks-skip-mark-to-maintainers': { ...noChecks, ...single, isFirst: true },

  'no-checks-no-workflow': { ...noChecks, silence: 'no-workflow' },

  'no-checks-base-conflict': { ...noChecks, ...v2, tested: testedV2, silence: 'base-conflict' },

  'no-checks-all-skipped': { ...noChecks, ...single, silence: 'all-skipped' },

  'no-checks-approval-needed': {
    ...noChecks,
    silence: 'approval-needed',
    approvalUrl: 'https://forge.example.org/frob/actions/runs/4711',
  },

  'no-checks-no-result': { ...noChecks, silence: 'no-result' },

  'held-for-approval-on-the-forge-to-maintainers': {
    ...held,
    holds: [],
    silence: 'approval-needed',
    approvalUrl: 'https://forge.example.org/frob/actions/runs/4711',
  },

  'held-for-approval-on-the-forge': { ...held, holds: [], silence: 'approval-needed' },
}
