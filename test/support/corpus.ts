import { createReadStream, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { MessageId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import { parseMail } from '../../src/mail/parse/parse-mail.ts'
import { splitMbox } from '../../src/mail/parse/split-mbox.ts'

/** Real mail that is not part of the project: tests that need it are skipped where it is absent. */
export const corpus =
  process.env['PATCHFERRY_CORPUS'] ?? path.resolve(import.meta.dirname, '../../../shared/corpus')

export const hasCorpus = existsSync(corpus)

async function* fromBytes(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** The messages of mbox bytes; of several with one Message-ID the first, as the store keeps them. */
export async function messagesIn(
  chunks: AsyncIterable<Uint8Array> | Uint8Array,
): Promise<readonly Message[]> {
  const found = new Map<MessageId, Message>()
  const bytes = chunks instanceof Uint8Array ? fromBytes(chunks) : chunks
  for await (const { raw } of splitMbox(bytes, 0)) {
    const parsed = parseMail(raw)
    if (parsed.outcome === 'message' && !found.has(parsed.message.messageId)) {
      found.set(parsed.message.messageId, parsed.message)
    }
  }
  return [...found.values()]
}

/** The messages of one file of the corpus, named by its path in it; of JSON, those of its `mbox` fields. */
export async function corpusMessages(file: string): Promise<readonly Message[]> {
  if (file.endsWith('.json')) {
    const text = readFileSync(path.join(corpus, file), 'utf8')
    const posted = [JSON.parse(text)].flat() as readonly { readonly mbox: string }[]
    return await messagesIn(Buffer.from(posted.map(({ mbox }) => mbox).join('\n')))
  }
  return await messagesIn(createReadStream(path.join(corpus, file)))
}

/** The files that `expected.json` of a folder speaks of. */
export function corpusEntries(folder: string): readonly string[] {
  const text = readFileSync(path.join(corpus, folder, 'expected.json'), 'utf8')
  const entries = JSON.parse(text) as readonly { readonly file: string }[]
  return entries.map(({ file }) => `${folder}/${file}`)
}
