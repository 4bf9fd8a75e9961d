import { z } from 'zod'
import type { SourceConfig } from '../config.ts'
import * as field from '../fields.ts'
import { reports } from './reports.ts'

const source = z.strictObject({
  maildir: field.somePath().optional().meta({
    description:
      'A Maildir. What was read moves from `new` to `cur`. Give this, `mbox` or `publicInbox`.',
    kind: 'path',
    fallback: 'none',
    example: './inbox',
  }),
  mbox: field.somePath().optional().meta({
    description: 'An mbox file that grows. It is only read. Give this, `maildir` or `publicInbox`.',
    kind: 'path',
    fallback: 'none',
    example: './list.mbox',
  }),
  publicInbox: field.repositoryUrl().optional().meta({
    description:
      'A public-inbox, v1 or v2, followed by clones of our own: a folder, or a URL that git can fetch. Give this, `maildir` or `mbox`.',
    kind: 'repository',
    fallback: 'none',
    example: 'https://lists.example.org/devel',
  }),
  name: field.name().optional().meta({
    description:
      'Name under which its progress is kept; with another name it is read from its beginning.',
    fallback: '`<list>-maildir`, `<list>-mbox` or `<list>-public-inbox`',
    example: 'devel-archive',
  }),
  poll: field.someTime().prefault('1m').meta({
    description: 'How often to look where nothing announces changes, and to ask a URL.',
    kind: 'duration',
    example: '5m',
  }),
})

/** What a source is that has these keys and is right in having only one. */
export function sourceKind(hasMaildir: boolean, hasMbox: boolean): SourceConfig['kind'] {
  return hasMaildir ? 'maildir' : hasMbox ? 'mbox' : 'public-inbox'
}

/** A source without a name: stable whatever else stands in the file. */
export function defaultSourceName(listName: string, kind: SourceConfig['kind']): string {
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
    reports: reports.optional().meta({
      description: 'What is different on this list; all else is as `reports` of the project says.',
    }),
  })
  .transform((given) => ({
    ...given,
    sources: given.sources.map(({ maildir, mbox, publicInbox, name, poll }) => {
      const kind = sourceKind(maildir !== undefined, mbox !== undefined)
      return {
        kind,
        path: maildir ?? mbox ?? publicInbox ?? '',
        name: name ?? defaultSourceName(given.name, kind),
        poll,
      }
    }),
  }))
