import { z } from 'zod'
import * as field from '../fields.ts'

const source = z.strictObject({
  maildir: field.somePath().optional().meta({
    description: 'A Maildir. What was read moves from `new` to `cur`. Give this or `mbox`.',
    kind: 'path',
    fallback: 'none',
    example: './inbox',
  }),
  mbox: field.somePath().optional().meta({
    description: 'An mbox file that grows. It is only read. Give this or `maildir`.',
    kind: 'path',
    fallback: 'none',
    example: './list.mbox',
  }),
  name: field.name().optional().meta({
    description:
      'Name under which its progress is kept; with another name it is read from its beginning.',
    fallback: '`<list>-maildir` or `<list>-mbox`',
    example: 'devel-archive',
  }),
  poll: field.someTime().prefault('1m').meta({
    description: 'How often to look where the file system does not announce changes.',
    kind: 'duration',
    example: '5m',
  }),
})

/** A source without a name: stable whatever else stands in the file. */
export function defaultSourceName(listName: string, kind: 'maildir' | 'mbox'): string {
  return `${listName}-${kind}`
}

export const list = z
  .strictObject({
    name: field.name().meta({
      description: 'Name by which projects refer to the list.',
      example: 'devel',
    }),
    address: field.mailAddress().meta({
      description:
        'Where reports to the list are sent; a mail to or Cc this address belongs to the list.',
      kind: 'mail address',
      example: 'devel@lists.example.org',
    }),
    listId: z
      .string()
      .regex(/^[^\s<>]+$/, { error: 'must be the id alone, without angle brackets or blanks' })
      .optional()
      .meta({
        description:
          'RFC 2919 List-Id, without angle brackets: a mail that carries it belongs to the list.',
        fallback: 'none',
        example: 'devel.lists.example.org',
      }),
    sources: z.array(source).prefault([]).meta({
      description:
        'Where its mails come from; empty where they only come by `patchferry import -`.',
    }),
  })
  .transform((given) => ({
    ...given,
    sources: given.sources.map(({ maildir, mbox, name, poll }) => {
      const kind: 'maildir' | 'mbox' = maildir === undefined ? 'mbox' : 'maildir'
      return {
        kind,
        path: maildir ?? mbox ?? '',
        name: name ?? defaultSourceName(given.name, kind),
        poll,
      }
    }),
  }))
