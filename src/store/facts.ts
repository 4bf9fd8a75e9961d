import type { Application, Conflict, OlderBase } from '../core/apply/application.ts'
import { toJson } from '../core/clean-json.ts'
import type { JournalDecision } from '../core/journal-entry.ts'
import type { ApplicationRecord } from '../core/records.ts'
import type { DigestItem } from '../core/report/digest.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import type { Series } from '../core/series/series.ts'
import { toDate, toMillis } from './tables.ts'

/*
 * The structures that are kept as JSON text: the one place where their dates become epoch milliseconds and
 * dates again.
 */
type Stored<T, DateKey extends keyof T> = Omit<T, DateKey> & {
  readonly [Key in DateKey]: null extends T[Key] ? number | null : number
}

export function seriesToJson(series: Series): string {
  const stored: Stored<Series, 'startedAt'> = { ...series, startedAt: series.startedAt.getTime() }
  return toJson(stored)
}

export function seriesFromJson(json: string): Series {
  const stored = JSON.parse(json) as Stored<Series, 'startedAt'>
  return { ...stored, startedAt: toDate(stored.startedAt) }
}

export function mailToJson(mail: OutgoingMail): string {
  const stored: Stored<OutgoingMail, 'date'> = { ...mail, date: mail.date.getTime() }
  return toJson(stored)
}

export function mailFromJson(json: string): OutgoingMail {
  const stored = JSON.parse(json) as Stored<OutgoingMail, 'date'>
  return { ...stored, date: toDate(stored.date) }
}

/** What of an application has no column. */
export interface ApplicationFacts
  extends Pick<ApplicationRecord, 'baseBranch' | 'rungs' | 'holds'> {
  readonly application: Application
}

export function applicationToJson(record: ApplicationRecord): string {
  const facts: ApplicationFacts = {
    baseBranch: record.baseBranch,
    rungs: record.rungs,
    holds: record.holds,
    application: record.application,
  }
  return toJson({ ...facts, application: storedApplication(record.application) })
}

type StoredConflict = Omit<Conflict, 'olderBase'> & {
  readonly olderBase: Stored<OlderBase, 'committedAt'> | null
}
type StoredApplication =
  | Exclude<Application, { outcome: 'conflict' }>
  | (Omit<Extract<Application, { outcome: 'conflict' }>, 'conflict'> & {
      readonly conflict: StoredConflict
    })

function storedApplication(application: Application): StoredApplication {
  if (application.outcome !== 'conflict') {
    return application
  }
  const { olderBase } = application.conflict
  const stored = olderBase && { ...olderBase, committedAt: olderBase.committedAt.getTime() }
  return { ...application, conflict: { ...application.conflict, olderBase: stored } }
}

export function applicationFromJson(json: string): ApplicationFacts {
  const stored = JSON.parse(json) as Omit<ApplicationFacts, 'application'> & {
    readonly application: StoredApplication
  }
  const { application } = stored
  if (application.outcome !== 'conflict') {
    return { ...stored, application }
  }
  // A conflict of an older release has neither hunks nor an older base.
  const { hunks = [], olderBase = null } = application.conflict as Partial<StoredConflict>
  const older = olderBase && { ...olderBase, committedAt: toDate(olderBase.committedAt) }
  const conflict = { ...application.conflict, hunks, olderBase: older }
  return { ...stored, application: { ...application, conflict } }
}

type ImportDecision = Extract<JournalDecision, { kind: 'import' }>
type SilenceDecision = Extract<JournalDecision, { kind: 'silence' }>
type RestoreDecision = Extract<JournalDecision, { kind: 'restore' }>
type StoredDecision =
  | Exclude<JournalDecision, ImportDecision | SilenceDecision | RestoreDecision>
  | Stored<ImportDecision, 'since'>
  | Stored<SilenceDecision, 'until'>
  | Stored<RestoreDecision, 'madeAt'>

/** Also a plain value without dates: equal decisions give equal ones. */
export function storedDecision(decision: JournalDecision): StoredDecision {
  if (decision.kind === 'silence') {
    return { ...decision, until: decision.until.getTime() }
  }
  if (decision.kind === 'restore') {
    return { ...decision, madeAt: toMillis(decision.madeAt) }
  }
  return decision.kind === 'import' ? { ...decision, since: toMillis(decision.since) } : decision
}

export function decisionFromJson(json: string): JournalDecision {
  const stored = JSON.parse(json) as StoredDecision
  if (stored.kind === 'silence') {
    return { ...stored, until: toDate(stored.until) }
  }
  if (stored.kind === 'restore') {
    return { ...stored, madeAt: toDate(stored.madeAt) }
  }
  return stored.kind === 'import' ? { ...stored, since: toDate(stored.since) } : stored
}

export function digestItemToJson(item: DigestItem): string {
  return toJson({ ...item, at: item.at.getTime() } satisfies Stored<DigestItem, 'at'>)
}

export function digestItemFromJson(json: string): DigestItem {
  const stored = JSON.parse(json) as Stored<DigestItem, 'at'>
  return { ...stored, at: toDate(stored.at) }
}
