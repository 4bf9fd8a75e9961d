import { createHash } from 'node:crypto'
import { type MessageId, toMessageId } from '../../core/ids.ts'
import { type ByteText, toBytes, trimEnd } from './byte-text.ts'
import { decodeText } from './charset.ts'
import { type HeaderField, lastValueOf } from './header-block.ts'

const angled = /<[^<>]+>/g

/** Every `<id>` of a header value; where there is none, every word with an `@`. White space in an id is dropped. */
export function readIds(value: ByteText): readonly MessageId[] {
  const found = (value.match(angled) ?? []).map((id) => id.slice(1, -1))
  const written =
    found.length > 0 || value.includes('<') ? found : value.split(/[\s,;"()]+/).filter(looksLikeId)
  return written
    .map((id) => decodeText(id.replace(/\s+/g, ''), '').text)
    .filter((id) => id !== '')
    .map(toMessageId)
}

function looksLikeId(word: string): boolean {
  return /^[^@]+@[^@]+$/.test(word)
}

/** The first usable id among the Message-ID fields; null when there is none. */
export function readMessageId(fields: readonly HeaderField[]): MessageId | null {
  for (const field of fields) {
    if (field.name === 'message-id') {
      const [id] = readIds(field.value)
      if (id !== undefined) {
        return id
      }
    }
  }
  return null
}

/** The id of a mail that has none: the same From, Date, Subject and body give the same. */
export function deriveMessageId(fields: readonly HeaderField[], body: ByteText): MessageId {
  const headers = ['from', 'date', 'subject'].map((name) => lastValueOf(fields, name) ?? '')
  const hash = createHash('sha256')
    .update(toBytes(`${headers.join('\n')}\n\n${trimEnd(body)}`))
    .digest('hex')
  return toMessageId(`sha256-${hash}@no-message-id.invalid`)
}

/**
 * Ids of all fields of that name, in order, each once. What is no id of a mail is left out: addresses that the mail is
 * sent from or to (`In-Reply-To: <ann@example.org>'s mail`), and the answers to an old git send-email prompt.
 */
export function readReferences(
  fields: readonly HeaderField[],
  name: string,
  addresses: ReadonlySet<string>,
): readonly MessageId[] {
  const ids = new Set<MessageId>()
  for (const field of fields) {
    if (field.name === name) {
      for (const id of readIds(field.value)) {
        if (!addresses.has(id) && !/^[yn]$/i.test(id)) {
          ids.add(id)
        }
      }
    }
  }
  return [...ids]
}
