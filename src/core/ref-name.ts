import { createHash } from 'node:crypto'
import type { MessageId, RefName, TopicId } from './ids.ts'
import { fromWideUtf8, toWideUtf8 } from './wide-utf8.ts'

const mailPrefix = 'refs/mail/'
const maxEncodedBytes = 200
const plain = /^[A-Za-z0-9@_+=,-]$/

function percent(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`
}

/** Whether the dot at `at` may stand for itself: git takes no ref that begins or ends with one, or has `..` or `.lock` at its end. */
function isPlainDot(bytes: readonly number[], at: number): boolean {
  const isOutermost = at === 0 || at === bytes.length - 1
  const beginsLock = at === bytes.length - 5 && fromWideUtf8(bytes.slice(at)) === '.lock'
  return !isOutermost && bytes[at - 1] !== 0x2e && !beginsLock
}

function encode(messageId: MessageId): string {
  const bytes = toWideUtf8(messageId)
  return bytes
    .map((byte, at) => {
      const character = String.fromCodePoint(byte)
      const isPlain = byte === 0x2e ? isPlainDot(bytes, at) : plain.test(character)
      return isPlain ? character : percent(byte)
    })
    .join('')
}

/**
 * The ref of the commit that was made from a mail: `refs/mail/` and the Message-ID. Of its UTF-8 bytes `A-Z a-z 0-9 @ _
 * + = , -` stand for themselves, and so does a dot where git takes one; every other is `%` and two hex digits. Always
 * one component, reversible, without need of quoting; where the escaped id exceeds 200 bytes, or is empty, it is `%-`
 * and the sha256 of the id. A lone surrogate is encoded as its three bytes, so every string has a ref of its own.
 */
export function mailRef(messageId: MessageId): RefName {
  const encoded = encode(messageId)
  if (encoded !== '' && encoded.length <= maxEncodedBytes) {
    return `${mailPrefix}${encoded}` as RefName
  }
  const hash = createHash('sha256')
    .update(Uint8Array.from(toWideUtf8(messageId)))
    .digest('hex')
  return `${mailPrefix}%-${hash}` as RefName
}

/** The Message-ID of a ref that `mailRef` made; null for the hashed form and for what `mailRef` would not make. */
export function parseMailRef(ref: string): MessageId | null {
  const encoded = ref.slice(mailPrefix.length)
  if (!ref.startsWith(mailPrefix) || !/^(?:%[0-9a-f]{2}|[A-Za-z0-9@_+=,.-])+$/.test(encoded)) {
    return null
  }
  const bytes = [...encoded.matchAll(/%(?<hex>..)|./g)].map((found) => {
    const hex = found.groups?.['hex']
    return hex === undefined ? (found[0].codePointAt(0) ?? 0) : Number.parseInt(hex, 16)
  })
  const messageId = fromWideUtf8(bytes) as MessageId
  return mailRef(messageId) === ref ? messageId : null
}

/** The branch of a topic, head of its pull request: moves with each version. */
export function seriesBranch(slug: string, topic: TopicId): RefName {
  return `refs/heads/series/${slug}-${topic}` as RefName
}

/** The ref of the tag object for the n-th application of one version; `version` is `2` or `5.1`. */
export function seriesTagRef(topic: TopicId, version: string, n: number): RefName {
  return `refs/series/${topic}/v${version}-${n}` as RefName
}
