import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MessageId } from '../../core/ids.ts'
import type { ReturnPaths } from '../return-paths.ts'

/** 80 bits of the digest of a report's Message-ID, and 64 bits that only we can make. */
const ownId = /^patchferry\.(?<digest>[0-9a-f]{20})[0-9a-f]{20}@/
const token = '(?<digest>[0-9a-f]{20})(?<mark>[0-9a-f]{16})'
const tokenPlace = '{token}'

/** One address for all mails: what bounces cannot be told from what anybody writes there, and nothing follows from it. */
export function oneReturnPath(address: string): ReturnPaths {
  return { of: () => address, read: () => null }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/**
 * An address for each mail (VERP): `template` with `{token}` replaced by a part of the Message-ID and an HMAC of it by
 * `key`. Nothing needs to be remembered, and nobody can make one but from a mail that they were sent. Mails whose
 * Message-ID does not derive from a report go out with `plain`. Letters may have changed their case on the way.
 */
export function tokenReturnPaths(template: string, plain: string, key: Uint8Array): ReturnPaths {
  const [before = '', after = ''] = template.split(tokenPlace)
  const form = new RegExp(`^${escaped(before)}${token}${escaped(after)}$`, 'i')
  function markOf(digest: string): string {
    return createHmac('sha256', key).update(`return path ${digest}`).digest('hex').slice(0, 16)
  }

  return {
    of(messageId: MessageId) {
      const digest = ownId.exec(messageId)?.groups?.['digest']
      return digest === undefined ? plain : `${before}${digest}${markOf(digest)}${after}`
    },
    read(address) {
      const found = form.exec(address.trim())?.groups
      const digest = found?.['digest']?.toLowerCase() ?? ''
      const mark = Buffer.from(found?.['mark']?.toLowerCase() ?? '')
      const right = Buffer.from(markOf(digest))
      return found !== undefined && timingSafeEqual(mark, right) ? `patchferry.${digest}` : null
    },
  }
}
