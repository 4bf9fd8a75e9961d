import { BotError } from '../core/bot-error.ts'

/** What the process answers; of sysexits.h where it has a name there. */
export const exitCode = {
  done: 0,
  /** The answer is no: it does not apply, nothing was found. */
  no: 1,
  usage: 2,
  /** EX_SOFTWARE: our own fault. */
  fault: 70,
  /** EX_TEMPFAIL: try again later. */
  later: 75,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/**
 * Codes of faults that the caller can mend by calling differently, or by mending the configuration or what it names: the units do not
 * start again a service that ends with one.
 */
const usageCodes =
  /^(?:CONFIG_|CLI_|MAIL_PATH_|GIT_REPOSITORY_|REPORT_TEMPLATE_INVALID|REPORT_TEMPLATES_|WEB_LISTEN|FLOW_(?:STATE|STORE|RECORDS)_LOST|STORE_NEWER)/

/** What an error means for the exit code. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof BotError)) {
    return exitCode.fault
  }
  if (error.retry === 'later') {
    return exitCode.later
  }
  if (usageCodes.test(error.code)) {
    return exitCode.usage
  }
  return error.retry === 'after-human' ? exitCode.no : exitCode.fault
}

/** A command hands in the exit code when it is not 0. */
export type SetExitCode = (code: number) => void
