import { BotError } from '../../core/bot-error.ts'

/** The fault that keeps a path from being read; what is one already, or comes of an abort, stays as it is. */
export function pathError(name: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof BotError) {
    return error
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const message = error instanceof Error ? error.message : String(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return faultOf('MAIL_PATH_MISSING', `There is no ${name}.`, name, error)
  }
  return code.startsWith('Z_')
    ? faultOf('MAIL_PATH_GZIP', `${name} cannot be unpacked: ${message}.`, name, error)
    : faultOf('MAIL_PATH_UNREADABLE', `${name} cannot be read: ${message}.`, name, error)
}

function faultOf(code: string, message: string, path: string, cause: unknown): BotError {
  return new BotError(code, message, { retry: 'after-human', details: { path }, cause })
}
