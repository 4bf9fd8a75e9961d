import type { ByteText } from './byte-text.ts'
import { type HeaderField, valuesOf } from './header-block.ts'

/** Ids of the lists that the mail came by, in lower case; the list's address where an old list sets no List-Id. */
export function readListIds(fields: readonly HeaderField[]): readonly string[] {
  const ids = valuesOf(fields, 'list-id').map(listId)
  const older = ['x-mailing-list', 'x-beenthere'].flatMap((name) => valuesOf(fields, name))
  return [...new Set((ids.length > 0 ? ids : older.map(listId)).filter((id) => id !== ''))]
}

function listId(value: ByteText): string {
  return (/<([^<>]*)>/.exec(value)?.[1] ?? value).replace(/\s+/g, '').toLowerCase()
}
