import { BotError } from '../../core/bot-error.ts'

/** Name and path of a source, for messages. */
export interface SourcePlace {
  readonly name: string
  readonly path: string
}

const missing = new Set(['ENOENT', 'ENOTDIR'])
const readOnly = new Set(['EROFS', 'EPERM'])

/** The fault that keeps a whole source from being read; what is no error of the file system comes back as it is. */
export function readFault(place: SourcePlace, error: unknown): unknown {
  const errno = errnoOf(error)
  if (errno === null) {
    return error
  }
  return missing.has(errno)
    ? sourceFault('MAIL_SOURCE_MISSING', `${place.path} is not there`, place, error)
    : sourceFault('MAIL_SOURCE_UNREADABLE', `${place.path} cannot be read: ${errno}`, place, error)
}

/** The fault that keeps mail from being moved within a source. */
export function moveFault(place: SourcePlace, error: unknown): unknown {
  const errno = errnoOf(error)
  if (errno === null || missing.has(errno)) {
    return readFault(place, error)
  }
  const why = readOnly.has(errno) || errno === 'EACCES' ? 'it may not be written' : errno
  return sourceFault(
    'MAIL_SOURCE_STUCK',
    `mail in ${place.path} cannot be moved: ${why}`,
    place,
    error,
  )
}

/** `ENOENT` and the like; null for anything but an error of the operating system. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code))
    ? String(error.code)
    : null
}

/** A fault of a source as a whole, which is tried again. */
export function sourceFault(
  code: string,
  message: string,
  place: SourcePlace,
  cause: unknown,
  remedy?: string,
): BotError {
  return new BotError(code, `source ${place.name}: ${message}`, {
    retry: 'later',
    ...(remedy === undefined ? {} : { remedy }),
    details: { source: place.name, path: place.path, errno: errnoOf(cause) },
    cause,
  })
}

/** Of a repository of anything else, such as the code that the mails are about. */
export function noInboxFault(place: SourcePlace): BotError {
  return sourceFault(
    'MAIL_SOURCE_UNREADABLE',
    `${place.path} is a git repository, but no public-inbox`,
    place,
    null,
    'Name the repository, or the folder of repositories, that public-inbox keeps the mails of the list in.',
  )
}
