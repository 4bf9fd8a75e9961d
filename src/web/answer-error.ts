import { BotError } from '../core/bot-error.ts'
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

/** The answer for what was thrown: 503 where trying again can help, else 500. */
export function errorOfFault(fault: unknown): AnswerError {
  if (!(fault instanceof BotError)) {
    return answerError(500, 'WEB_FAULT')
  }
  const status = fault.retry === 'never' ? 500 : 503
  const general = answerError(status, status === 503 ? 'WEB_UNAVAILABLE' : 'WEB_FAULT')
  return { ...general, code: fault.code, remedy: fault.remedy ?? general.remedy }
}
