import type { Check } from '../core/checks/check.ts'
import type { RefName, Sha } from '../core/ids.ts'
import type { Mailbox } from '../core/message.ts'
import type {
  Report,
  ReportedConflict,
  ReportedDamage,
  TestedState,
} from '../core/report/report.ts'
import {
  damageName,
  damageSentence,
  programAdvice,
  refusalRemedy,
  refusalWords,
} from './damage-words.ts'
import { excerptOf } from './excerpt.ts'
import { plainLine, plainLines, plainSentence, plainUrl, shellWord } from './plain-text.ts'
import { summarizeRangeDiff } from './range-diff.ts'
import type { Envelope } from './reporter.ts'
import { baseRuleWords, checkStateWords, joinNames, rungWords, verdictInWords } from './words.ts'

/** What one report may quote of logs: enough to see what is wrong, little enough to be read. */
const excerptBudget = { lines: 24, bytes: 2400, bytesOfAll: 9600 }
const mostShown = 5
const mostNames = 20
const mostPaths = 12
const mostHunks = 12

/** Values for templates: strings that need no escaping, null for what is absent, never an empty list. */
export type View = Readonly<Record<string, unknown>>

function short(sha: Sha): string {
  return sha.slice(0, 12)
}

function shortRef(ref: RefName): string {
  return plainLine(ref.replace(/^refs\/(?:heads|tags)\//, ''))
}

/** Credentials of an operator's URL are nobody's business. */
function publicUrl(url: string): string {
  return shellWord(url.replace(/^(https?:\/\/)[^/@]*@/, '$1'))
}

function listOf<T>(values: readonly T[]): readonly T[] | null {
  return values.length === 0 ? null : values
}

function namesOf(checks: readonly Check[]): readonly string[] {
  return checks.map(({ context }) => plainLine(context, 80))
}

function shownNames(names: readonly string[]): View | null {
  return names.length === 0
    ? null
    : {
        count: names.length,
        text: joinNames(
          names.length > mostNames
            ? [...names.slice(0, mostNames), `${names.length - mostNames} more`]
            : names,
          'and',
        ),
      }
}

function checksView(checks: readonly Check[]): readonly View[] {
  let bytesLeft = excerptBudget.bytesOfAll
  return checks.slice(0, mostShown).map((check) => {
    const excerpt = excerptOf(check.excerpt, {
      lines: excerptBudget.lines,
      bytes: Math.min(excerptBudget.bytes, bytesLeft),
    })
    bytesLeft -= Buffer.byteLength(excerpt.join('\n'))
    return {
      name: plainLine(check.context, 80),
      state: checkStateWords(check.state),
      step: check.failingStep === null ? null : plainLine(check.failingStep, 120) || null,
      summary: plainLine(check.summary, 300) || null,
      url: plainUrl(check.targetUrl),
      excerpt: listOf(excerpt),
    }
  })
}

/** Our own tests, and most CI, say it in the summary alone. */
function isTimeout({ summary }: Check): boolean {
  return /^timed out\b/i.test(summary)
}

function baseView(
  base: Sha,
  {
    baseRule,
    baseBranch,
    baseNote,
  }: Pick<ReportedConflict, 'baseRule' | 'baseBranch' | 'baseNote'>,
): View {
  return {
    sha: base,
    short: short(base),
    branch: baseBranch ? shellWord(shortRef(baseBranch)) : null,
    rule: baseRule ?? null,
    words: baseRule ? baseRuleWords[baseRule] : null,
    note: baseNote ? plainSentence(baseNote) : null,
  }
}

function numbersOf(tested: TestedState, how: string): View | null {
  const numbers = (tested.commits ?? []).filter((commit) => commit.how === how)
  return shownNames(numbers.map(({ number }) => `${number}`))
}

function testedView(tested: TestedState): View {
  return {
    base: baseView(tested.base, tested),
    head: tested.head,
    short: short(tested.head),
    fetch: `git fetch ${publicUrl(tested.fetchUrl)} ${shellWord(tested.fetchRef)}`,
    merged: numbersOf(tested, '3way'),
    skipped: numbersOf(tested, 'already-applied'),
  }
}

/** How git says that it does not have the blobs that a patch was made from; in words of ours it can be understood. */
const blobMissing = /^error: sha1 information is lacking or useless \((?<path>[^\n]*)\)\.$/m
const blobMissingToo = /^error: could not build fake ancestor$/m

function conflictView(conflict: ReportedConflict): View {
  const { olderBase } = conflict
  const lacking = blobMissing.exec(conflict.output)?.groups?.['path']
  const isUnnamed = lacking !== undefined && (conflict.unindexedPaths ?? []).includes(lacking)
  const output = conflict.output.replace(blobMissing, '').replace(blobMissingToo, '')
  return {
    number: conflict.number,
    subject: plainLine(conflict.subject),
    base: baseView(conflict.base, conflict),
    paths: listOf(conflict.paths.slice(0, mostPaths).map((path) => plainLine(path))),
    morePaths: Math.max(0, conflict.paths.length - mostPaths) || null,
    hunks: listOf(
      conflict.hunks.slice(0, mostHunks).map(({ path, header }) => ({
        path: plainLine(path),
        header: plainLine(header, 100),
      })),
    ),
    moreHunks: Math.max(0, conflict.hunks.length - mostHunks) || null,
    olderBase: olderBase && {
      sha: olderBase.sha,
      branch: olderBase.branch === null ? null : shellWord(shortRef(olderBase.branch)),
      day: olderBase.committedAt.toISOString().slice(0, 10),
    },
    unknownFile: lacking === undefined || isUnnamed ? null : plainLine(lacking),
    unnamedFile: lacking !== undefined && isUnnamed ? plainLine(lacking) : null,
    output: listOf(excerptOf(output, excerptBudget)),
  }
}

function damageView({ damages, refusal, program }: ReportedDamage): View {
  const usesGit = program === 'git-send-email' || program === 'exchange'
  const isByHand = damages.every(({ kind }) => kind === 'hunk-counts' || kind === 'truncated')
  const needsEncoding = (usesGit && !isByHand) || damages.some(({ kind }) => kind === 'line-ends')
  return {
    names: listOf(damages.map(damageName)) && joinNames(damages.map(damageName), 'and'),
    lines: listOf(
      damages.map((damage) => ({
        words: damageSentence(damage),
        evidence: damage.evidence === null ? null : (plainLines(damage.evidence)[0] ?? null),
      })),
    ),
    refusal: refusal === null ? null : refusalWords(refusal),
    remedy: refusal === null ? null : refusalRemedy(refusal),
    usesGit,
    encoding: needsEncoding ? 'base64' : null,
    advice: program === null ? null : programAdvice(program),
  }
}

function brokenByView({ brokenBy, tested }: Report): View | null {
  if (!brokenBy) {
    return null
  }
  const commits = (tested?.commits ?? []).filter(({ how }) => how !== 'already-applied')
  return {
    number: brokenBy.number,
    subject: plainLine(brokenBy.subject),
    check: plainLine(brokenBy.context, 80),
    sha: brokenBy.sha,
    short: short(brokenBy.sha),
    isFirst: commits[0]?.number === brokenBy.number,
  }
}

/** What became of the checks that were red before. */
function previousView(report: Report): View | null {
  if (report.previous === null) {
    return null
  }
  const before = (report.previous.failedContexts ?? []).map((name) => plainLine(name, 80))
  const red = namesOf(report.failures)
  const green = new Set(namesOf(report.successes))
  return {
    version: plainLine(report.previous.version, 20),
    words: verdictInWords(report.previous.verdict),
    verdict: plainLine(report.previous.verdict, 20),
    fixed: shownNames(before.filter((name) => green.has(name))),
    still: shownNames(before.filter((name) => red.includes(name))),
    fresh: before.length === 0 ? null : shownNames(red.filter((name) => !before.includes(name))),
  }
}

function rangeDiffView({ rangeDiff, previous }: Report): View | null {
  const summary = rangeDiff === null ? null : summarizeRangeDiff(rangeDiff)
  if (summary === null) {
    return null
  }
  const { same, changed, added, dropped } = summary
  const parts = [
    changed > 0 ? `${changed} changed` : '',
    added > 0 ? `${added} new` : '',
    dropped > 0 ? `${dropped} dropped` : '',
    same > 0 ? `${same} as before` : '',
  ]
  return {
    since: previous === null ? 'the version before' : `v${plainLine(previous.version, 20)}`,
    isSame: changed + added + dropped === 0,
    words: parts.filter((part) => part !== '').join(', '),
    lines: listOf(summary.lines),
    leftOut: summary.leftOut || null,
  }
}

function maintainerNames(maintainers: readonly Mailbox[]): string | null {
  const names = maintainers.map(({ name, address }) =>
    plainLine(name === '' ? address : `${name} <${address}>`, 160),
  )
  return joinNames(names, 'or') || null
}

/** `series`, or `patch (v2)`. */
function thingOf({ total, version }: Report): string {
  const word = total === 1 ? 'patch' : 'series'
  return version === '1' ? word : `${word} (v${plainLine(version, 20)})`
}

/** All that a mail template can say of a report. Nothing in it can break out of the line it is put on. */
export function mailView(report: Report, envelope: Envelope): View {
  return {
    kind: report.kind,
    audience: envelope.audience,
    project: plainLine(report.project, 80),
    list: plainLine(report.list.name, 80),
    listAddress: shellWord(report.list.address),
    topic: report.topic,
    name: plainLine(report.name),
    version: plainLine(report.version, 20),
    nextVersion: Math.floor(Number.parseFloat(report.version) || 1) + 1,
    patches: report.total,
    isSingle: report.total === 1,
    thing: thingOf(report),
    isFirst: report.isFirst === true && ['author', 'author-and-list'].includes(envelope.audience),
    submitter: plainLine(report.submitter.name, 80) || null,
    checks: report.failures.length + report.successes.length,
    failures: listOf(checksView(report.failures)),
    failureNames: shownNames(namesOf(report.failures)),
    isTimeout: report.failures.length > 0 && report.failures.every(isTimeout),
    moreFailures: listOf(namesOf(report.failures.slice(mostShown, mostNames))),
    failuresLeftOut: Math.max(0, report.failures.length - mostNames) || null,
    brokenBy: brokenByView(report),
    mergedIn: report.mergedIn
      ? {
          short: short(report.mergedIn.base),
          branch: report.mergedIn.branch === null ? null : shortRef(report.mergedIn.branch),
        }
      : null,
    alreadyBroken: shownNames(namesOf(report.alreadyBroken)),
    successes: shownNames(namesOf(report.successes)),
    cancelled: shownNames(namesOf(report.cancelled ?? [])),
    silence: report.silence ?? null,
    approvalUrl: plainUrl(report.approvalUrl ?? null),
    baseBranch: report.tested?.baseBranch ? shortRef(report.tested.baseBranch) : null,
    overdue: shownNames((report.overdue ?? []).map((name) => plainLine(name, 80))),
    tested: report.tested === null ? null : testedView(report.tested),
    heldOn: report.heldOn ? baseView(report.heldOn.base, report.heldOn) : null,
    conflict: report.conflict === null ? null : conflictView(report.conflict),
    damage: report.damage ? damageView(report.damage) : null,
    rungs: listOf(
      (report.baseRungs ?? []).map(({ rule, finding }) => ({
        rule,
        words: rungWords[rule],
        finding: plainSentence(finding),
      })),
    ),
    releasedByMail: report.releasedByMail ?? null,
    holds: listOf(report.holds.slice(0, mostPaths).map((why) => plainSentence(why))),
    problems: listOf(
      report.problems.slice(0, mostPaths).map(({ code, message }) => ({
        code: plainLine(code, 80),
        message: plainSentence(message),
      })),
    ),
    previous: previousView(report),
    rangeDiff: rangeDiffView(report),
    publicUrl: report.publicUrl ? publicUrl(report.publicUrl) : null,
    testCommand: report.testCommand ? plainLine(report.testCommand, 300) : null,
    rerun: report.rerun === null ? null : plainLine(report.rerun, 300) || null,
    maintainers: maintainerNames(envelope.maintainers),
  }
}
