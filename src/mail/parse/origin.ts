import type { MailOrigin } from '../../core/message.ts'
import { type HeaderField, valuesOf } from './header-block.ts'

/** Trusted servers write theirs at the top; a mail with more brought them along. */
const mostFields = 20

/** What servers noted about a mail on its way, and the address that it is about. */
export function readOrigin(fields: readonly HeaderField[], address: string): MailOrigin {
  const isClear = valuesOf(fields, 'from').length === 1
  const found = isClear ? valuesOf(fields, 'authentication-results') : []
  return {
    authentication: found.slice(0, mostFields),
    signatures: valuesOf(fields, 'dkim-signature'),
    address,
  }
}
