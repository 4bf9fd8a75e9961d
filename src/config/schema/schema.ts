import { z } from 'zod'
import * as field from '../fields.ts'
import { delivery } from './delivery.ts'
import { forge } from './forges.ts'
import { list } from './list.ts'
import { operator } from './operator.ts'
import { project } from './project.ts'
import { retention } from './retention.ts'
import { web } from './web.ts'

/**
 * The files of this folder are the one place that says which keys there are, what they mean and what they
 * default to. `description`, `kind`, `fallback` and `example` become docs/configuration.md and the advice
 * in error messages. What needs more than one key to judge is in cross-check.ts and its neighbours.
 */
export const schema = z.strictObject({
  state: field.somePath().prefault('./state').meta({
    description: 'Folder for store, archive, journal, repositories and checkouts. Back this up.',
    kind: 'path',
    example: '/var/lib/patchferry',
  }),
  bot: z
    .strictObject({
      name: field.line().prefault('Patchferry').meta({
        description: 'Display name.',
        example: 'Hello CI',
      }),
      address: field.mailAddress().meta({
        description:
          'Its address. Changing it changes the object names of everything applied later.',
        kind: 'mail address',
        example: 'patchferry@example.org',
      }),
      others: z.array(field.line()).optional().meta({
        description:
          'Addresses of other programs, `*` for any text: they are neither answered nor written to.',
        kind: 'patterns',
        fallback: 'well-known ones, such as `lkp@intel.com` and `syzbot*@*.appspotmail.com`',
        example: "[ci@example.org, '*-bot@example.org']",
      }),
    })
    .meta({ description: 'Committer of applied patches and sender of reports.' }),
  lists: z
    .array(list)
    .min(1, { error: 'must have at least one entry' })
    .meta({ description: 'The mailing lists that are read.' }),
  forges: z
    .array(forge)
    .default([])
    .meta({ description: 'Accounts on forges; none where mirrors are plain repositories.' }),
  projects: z
    .array(project)
    .min(1, { error: 'must have at least one entry' })
    .meta({ description: 'What patches are for; a series goes to the first that takes it.' }),
  delivery,
  mailTemplates: field.somePath().optional().meta({
    description:
      'Folder with mail templates of your own, `failure.liquid` and the like: each takes the place of ours of that name. docs/mail-templates.md says what they may use.',
    kind: 'path',
    fallback: 'ours alone',
    example: './mail-templates',
  }),
  operator: operator.prefault({}).meta({
    description: 'What is watched, and who is told when it is bad. docs/operations.md lists it.',
  }),
  retention: retention
    .prefault({})
    .meta({ description: 'How long is kept what nobody needs for ever.' }),
  web: web.prefault({}).meta({ description: 'The two listeners of `patchferry serve`.' }),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info').meta({
        description: 'The least important lines that are written.',
        example: 'debug',
      }),
    })
    .prefault({})
    .meta({ description: 'Log lines, JSON on standard error.' }),
})

/** The file after the checks of single keys: defaults filled in, durations in ms, sizes in bytes. */
export type Settings = z.output<typeof schema>
