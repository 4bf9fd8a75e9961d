import { randomBytes } from 'node:crypto'
import { BotError } from '../core/bot-error.ts'
import type { Logger } from '../log/logger.ts'
import { webErrors } from './web-error.ts'

export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 413 | 415 | 421 | 429 | 500 | 503

/** Why a request is not answered as hoped; for a page or for JSON. */
export interface AnswerError {
  readonly status: ErrorStatus
  readonly code: string
  readonly message: string
  readonly remedy: string
}

/** The answer for a code of the web room; `message` says more than its catalogue entry. */
export function answerError(status: ErrorStatus, code: string, message?: string): AnswerError {
  const entry = webErrors[code]
  return {
    status,
    code,
    message: message ?? entry?.meaning ?? code,
    remedy: entry?.remedy ?? 'Look in docs/errors.md for this code.',
  }
}

/**
 * The answer for what was thrown: 503 where trying again can help, else 500. What went wrong is written to the log
 * alone, because it may name paths; the answer names the id of that line.
 */
export function answerFault(fault: unknown, path: string, log: Logger): AnswerError {
  const id = randomBytes(4).toString('hex')
  log.error({ id, path, error: fault }, 'a request failed')
  const known = fault instanceof BotError ? fault : null
  const general =
    known === null || known.retry === 'never'
      ? answerError(500, 'WEB_FAULT')
      : answerError(503, 'WEB_UNAVAILABLE')
  return {
    ...general,
    code: known?.code ?? general.code,
    message: `${general.message} (log id ${id})`,
    remedy: known?.remedy ?? general.remedy,
  }
}
