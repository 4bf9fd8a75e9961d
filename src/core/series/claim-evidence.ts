import type { MessageId } from '../ids.ts'
import { defaultLooseGapMs } from './loose-join.ts'
import { isSamePerson } from './same-person.ts'
import type { Candidate } from './series-candidate.ts'

/** Forms of Message-ID that name the run of the program which sent a whole series. */
const runForms = [
  // git send-email since 2.0, and before
  /^(?<run>\d{14}\.\d+)-\d+-(?<host>.+)$/,
  /^(?<run>\d+-\d+)-\d+-(?<host>git-send-email-.+)$/,
  // git format-patch --thread
  /^(?:cover|[0-9a-f]{40})\.(?<run>\d+)\.(?<host>git\..+)$/,
  // b4
  /^(?<run>\d{8}-.+-v\d+)-\d+-(?<host>.+)$/,
]

/** What a Message-ID says of the run that sent the mail; null where it has no known form. */
export function sendingRun(messageId: MessageId): string | null {
  for (const form of runForms) {
    const groups = form.exec(messageId)?.groups
    if (groups !== undefined) {
      return `${groups['run']} ${groups['host']}`
    }
  }
  return null
}

/** What the titles of one series have in common: `net` of `net: dsa: fix leak`, else the first word. */
export function subjectStem(title: string): string {
  const area = /^[^:]+(?=:)/.exec(title)?.[0] ?? /^\S+/.exec(title)?.[0] ?? ''
  return area.trim().toLowerCase()
}

/** What is compared of a mail. */
export interface Traits {
  readonly candidate: Candidate
  readonly run: string | null
  readonly stem: string
  readonly prefixes: string
  /** The mail it belongs to by its references. */
  readonly attachedTo: Candidate | null
}

export function traitsOf(candidate: Candidate, attachedTo: Candidate | null): Traits {
  return {
    candidate,
    run: sendingRun(candidate.message.messageId),
    stem: subjectStem(candidate.subject.title),
    prefixes: candidate.subject.prefixes.join(' ').toLowerCase(),
    attachedTo,
  }
}

/** What speaks for two mails being of one series, the strongest first; a higher number speaks louder. */
export type Evidence = readonly number[]

export function weighEvidence(one: Traits, other: Traits): Evidence {
  const distance = Math.abs(one.candidate.at - other.candidate.at)
  const isAttached = one.attachedTo === other.candidate || other.attachedTo === one.candidate
  const { submitter } = one.candidate.message
  return [
    one.run === null || other.run === null ? 0 : one.run === other.run ? 1 : -1,
    Number(isAttached),
    Number(isSamePerson(submitter, other.candidate.message.submitter)),
    Number(one.prefixes === other.prefixes),
    Number(distance <= defaultLooseGapMs),
    Number(one.stem === other.stem),
    -distance,
  ]
}

/** The louder first. */
export function compareEvidence(one: Evidence, other: Evidence): number {
  const at = one.findIndex((value, index) => value !== other[index])
  return at < 0 ? 0 : (other[at] ?? 0) - (one[at] ?? 0)
}

/** Not titles or time alone: a common sending run, or a reference. */
export function isStrong(evidence: Evidence): boolean {
  return evidence[0] === 1 || evidence[1] === 1
}
