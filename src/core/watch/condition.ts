/** What is watched. Stable: labels of metrics, words of mails and of `operator.ignore`. */
export type ConditionId =
  | 'store'
  | 'free-disk'
  | 'source-unread'
  | 'source-silence'
  | 'oldest-due-job'
  | 'dead-jobs'
  | 'failing-jobs'
  | 'quarantine'
  | 'held-mails'
  | 'delayed-mails'
  | 'unknown-outcomes'
  | 'failed-mails'
  | 'mirror-age'
  | 'rate-limit'

export type ConditionUnit = 'seconds' | 'bytes' | 'mails' | 'jobs' | 'requests'

export interface ConditionKind {
  /** What one of it is about besides the service itself; null where there is one. */
  readonly of: 'source' | 'project' | 'account' | null
  /** Null where nothing is counted. */
  readonly unit: ConditionUnit | null
  /** When it is bad, as the documentation says it. */
  readonly isBadWhen: string
  /** What to do then. */
  readonly remedy: string
}

/** Every condition there is, the gravest first. docs/operations.md shows this very table. */
export const conditionKinds: Readonly<Record<ConditionId, ConditionKind>> = {
  store: {
    of: null,
    unit: null,
    isBadWhen: 'the store cannot be read',
    remedy:
      'The log says why: look for "the watched conditions cannot be looked at". If the database is damaged, stop the service and run patchferry rebuild.',
  },
  'free-disk': {
    of: null,
    unit: 'bytes',
    isBadWhen: 'less than `operator.limits.freeDisk` is free for the state folder',
    remedy: 'Make room: mail waits, unharmed, while the disk is full.',
  },
  'source-unread': {
    of: 'source',
    unit: 'seconds',
    isBadWhen: 'reading it has failed for longer than `operator.limits.sourceUnread`',
    remedy: 'The log names the fault with its code; patchferry doctor tries to read it.',
  },
  'source-silence': {
    of: 'source',
    unit: 'seconds',
    isBadWhen:
      'it has brought nothing for longer than its habit explains: eight arrivals are missing by what each hour of the week usually brings, and it is half as long again as all but its longest pause',
    remedy:
      'Look whether the list is quiet in its own archive. If it is not, the subscription or the delivery to this source has broken.',
  },
  'oldest-due-job': {
    of: null,
    unit: 'seconds',
    isBadWhen:
      'a job that is due waits for longer than `operator.limits.dueJob`, a test or a mail for 24 times as long',
    remedy: 'Look in the log for what the worker does; restart it if it does nothing.',
  },
  'dead-jobs': {
    of: null,
    unit: 'jobs',
    isBadWhen: 'a job was given up',
    remedy:
      'The health page of the dashboard names them and their last error; once that is mended, patchferry retest TOPIC takes it up again.',
  },
  'failing-jobs': {
    of: null,
    unit: 'jobs',
    isBadWhen:
      'the first of them was tried six times without success, or waits since a login is refused',
    remedy:
      'Mend what the message names; they are tried again by themselves. patchferry doctor tries logins and permissions.',
  },
  quarantine: {
    of: null,
    unit: 'mails',
    isBadWhen:
      'a mail of the last seven days could not be read, and nobody has said that it was seen',
    remedy:
      'For each of them patchferry quarantine says why, and with which command its bytes are printed; patchferry quarantine seen ID says that you have looked.',
  },
  'held-mails': {
    of: null,
    unit: 'seconds',
    isBadWhen:
      'a mail has waited for a person for longer than `operator.limits.heldMail`, a dry run aside',
    remedy: 'Release or drop it: patchferry outbox lists the mails that wait.',
  },
  'delayed-mails': {
    of: null,
    unit: 'seconds',
    isBadWhen:
      'a mail has been put off for longer than `operator.limits.delayedMail`, or waits since the mail server refuses the login',
    remedy:
      'patchferry outbox shows the words of the mail server; patchferry doctor connects and logs in. Where the login is refused, write the right password or token to where delivery.smtp has it from (passwordFile, passwordCommand, tokenFile, tokenCommand): all mails leave soon after. A password that is given as ${NAME} needs a restart.',
  },
  'unknown-outcomes': {
    of: null,
    unit: 'mails',
    isBadWhen: 'nobody can tell whether a mail was taken',
    remedy:
      'Look whether it has arrived, on the list or, of a mail to the operator, with the operator; then release or drop it: patchferry outbox lists the mails that wait.',
  },
  'failed-mails': {
    of: null,
    unit: 'mails',
    isBadWhen: 'a mail was refused for good, or given up',
    remedy:
      'patchferry outbox shows the answer of the mail server. Release the mail once the reason is gone, or drop it.',
  },
  'mirror-age': {
    of: 'project',
    unit: 'seconds',
    isBadWhen:
      'its base branches could not be refreshed for longer than `operator.limits.mirrorAge`',
    remedy: 'The log names the fault with its code: look for the job refresh.',
  },
  'rate-limit': {
    of: 'account',
    unit: 'requests',
    isBadWhen:
      'the forge allows fewer than `operator.limits.requestsLeft` further requests for now',
    remedy:
      'Work waits until the limit is renewed. If that comes again and again, find out who else uses the account, or give Patchferry one of its own.',
  },
}

export const conditionIds = Object.keys(conditionKinds) as readonly ConditionId[]

/** One watched condition as it was found. */
export interface Condition {
  readonly id: ConditionId
  /** Name of the source, project or account; null where there is one of it. */
  readonly subject: string | null
  readonly state: 'good' | 'bad'
  /** Since when it is so, as far as anybody looked. */
  readonly since: Date
  /** One sentence that may be shown to anybody: no path, no secret. */
  readonly message: string
  /** In the unit of its kind; null where nothing is known yet. */
  readonly value: number | null
  readonly limit: number | null
  /** Null while it is good. */
  readonly remedy: string | null
}

/** By this a condition is known: `free-disk`, `source-silence devel-maildir`. */
export function conditionKey({ id, subject }: Pick<Condition, 'id' | 'subject'>): string {
  return subject === null ? id : `${id} ${subject}`
}

/** What was measured, before anybody asked since when. */
export type Measured = Omit<Condition, 'state' | 'since' | 'remedy'> & { readonly isBad: boolean }

/** `before` is what was known of the same condition; null where nothing was. */
export function toCondition(measured: Measured, before: Condition | null, now: Date): Condition {
  const { isBad, ...facts } = measured
  const state = isBad ? 'bad' : 'good'
  return {
    ...facts,
    state,
    since: before?.state === state ? before.since : now,
    remedy: isBad ? conditionKinds[measured.id].remedy : null,
  }
}

/** Once bad it takes a tenth more than the limit to be good again, so that it does not flutter around it. */
export function isTooLow(value: number, limit: number, before: Condition | null): boolean {
  return value < (before?.state === 'bad' ? limit + limit / 10 : limit)
}
