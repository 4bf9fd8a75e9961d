import { z } from 'zod'
import type { SourceConfig } from '../config.ts'
import * as field from '../fields.ts'
import { imap } from './imap.ts'
import { reports } from './reports.ts'

const source = z.strictObject({
  maildir: field.somePath().optional().meta({
    description:
      'A Maildir. What was read moves from `new` to `cur`. Give this, `mbox`, `folder`, `publicInbox` or `imap`.',
    kind: 'path',
    fallback: 'none',
    example: './inbox',
  }),
  mbox: field.somePath().optional().meta({
    description:
      'An mbox file that grows, an mboxrd where its name ends so. It is only read. Give this, `maildir`, `folder`, `publicInbox` or `imap`.',
    kind: 'path',
    fallback: 'none',
    example: './list.mbox',
  }),
  folder: field.somePath().optional().meta({
    description:
      'A folder into which files of mail are put: single mails (.eml), mbox, mboxrd, any of them packed with gzip. What was read moves to `done` in it. Give this, `maildir`, `mbox`, `publicInbox` or `imap`.',
    kind: 'path',
    fallback: 'none',
    example: './dropped',
  }),
  publicInbox: field.repositoryUrl().optional().meta({
    description:
      'A public-inbox, v1 or v2, followed by clones of our own: a folder, or a URL that git can fetch. Give this, `maildir`, `mbox`, `folder` or `imap`.',
    kind: 'repository',
    fallback: 'none',
    example: 'https://lists.example.org/devel',
  }),
  imap: imap.optional().meta({
    description:
      'Folders of an IMAP server, watched with IDLE. Give this, `maildir`, `mbox`, `folder` or `publicInbox`.',
    fallback: 'none',
  }),
  name: field.name().optional().meta({
    description:
      'Name under which its progress is kept; with another name it is read from its beginning.',
    fallback:
      '`<list>-maildir`, `<list>-mbox`, `<list>-folder`, `<list>-public-inbox` or `<list>-imap`',
    example: 'devel-archive',
  }),
  poll: field.someTime().prefault('1m').meta({
    description: 'How often to look where nothing announces changes, and to ask a URL.',
    kind: 'duration',
    example: '5m',
  }),
})

/** The keys of which a source has one, and what it is then. */
export const sourceKinds = {
  maildir: 'maildir',
  mbox: 'mbox',
  folder: 'folder',
  publicInbox: 'public-inbox',
  imap: 'imap',
} as const satisfies Readonly<Record<string, SourceConfig['kind']>>

const pathKeys = ['maildir', 'mbox', 'folder', 'publicInbox'] as const

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
    formerAddresses: z.array(field.mailAddress()).default([]).meta({
      description:
        'Addresses that it had before it moved: mail to them belongs to the list, and reports go to `address` alone.',
      kind: 'mail addresses',
      example: '[devel@old.example.org]',
    }),
    formerListIds: z
      .array(
        z
          .string()
          .regex(/^[^\s<>]+$/, { error: 'must be the id alone, without angle brackets or blanks' }),
      )
      .default([])
      .meta({
        description: 'List-Ids that it had before it moved.',
        kind: 'words',
        example: '[devel.old.example.org]',
      }),
    archiveUrl: z
      .string()
      .regex(/^https?:\/\/[!-~]+$/, {
        error: 'must be an address that begins with http:// or https://',
      })
      .refine((url) => url.includes('{id}'), {
        error: 'must have `{id}` where the Message-ID goes',
      })
      .optional()
      .meta({
        description:
          'Where its archive shows a mail, with `{id}` in place of the Message-ID: pull requests link there.',
        kind: 'URL',
        fallback: 'mails are not linked',
        example: 'https://lore.kernel.org/git/{id}/',
      }),
    sources: z.array(source).prefault([]).meta({
      description:
        'Where its mails come from; empty where they only come by `patchferry import -`.',
    }),
    ignorePrefixes: z
      .array(
        z.string().regex(/^[^\s\][]+$/, {
          error: 'must be one word, as it stands between brackets',
        }),
      )
      .default([])
      .meta({
        description:
          'Bracket words of series that no project takes from this list: `RFC`, or projects that are not here.',
        kind: 'words',
        example: '[RFC, iproute2]',
      }),
    reports: reports.optional().meta({
      description: 'What is different on this list; all else is as `reports` of the project says.',
    }),
  })
  .transform((given) => ({
    ...given,
    sources: given.sources.map(({ imap: server, name, poll, ...places }) => {
      if (server !== undefined) {
        const kind = 'imap' as const
        return { kind, imap: server, name: name ?? defaultSourceName(given.name, kind), poll }
      }
      const [key, place] = pathKeys
        .map((each) => [each, places[each]] as const)
        .find(([, value]) => value !== undefined) ?? ['maildir', '']
      const kind = sourceKinds[key]
      return { kind, path: place ?? '', name: name ?? defaultSourceName(given.name, kind), poll }
    }),
  }))
