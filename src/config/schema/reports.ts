import { z } from 'zod'
import * as field from '../fields.ts'

const audience = z.enum(['nobody', 'author', 'author-and-list', 'maintainers', 'results'])
const timing = z.enum(['always', 'on-change'])
const kind = z.enum([
  'success',
  'failure',
  'error',
  'conflict',
  'damaged',
  'baseMissing',
  'held',
  'problem',
  'merged',
])

/** A kind of report as it is written in the file. */
export type KindKey = z.output<typeof kind>

const quietMeaning = '`maintainers` where there are any, else `nobody`'

/** Every key may be left out: a list takes what it does not say from the project, a project from `defaultReports`. */
const keys = {
  success: audience.optional().meta({
    description: 'Who hears that a series passed.',
    fallback: '`nobody`',
    example: 'author',
  }),
  failure: audience.optional().meta({
    description: 'Who hears that tests fail which do not fail on the base.',
    fallback: '`author-and-list`',
    example: 'author',
  }),
  error: audience.optional().meta({
    description: 'Who hears that tests could not be run.',
    fallback: quietMeaning,
    example: 'nobody',
  }),
  conflict: audience.optional().meta({
    description: 'Who hears that a series does not apply.',
    fallback: '`author`',
    example: 'author-and-list',
  }),
  damaged: audience.optional().meta({
    description:
      'Who hears that mail software damaged a patch, or that git takes no such patch at all.',
    fallback: '`author`',
    example: 'author-and-list',
  }),
  baseMissing: audience.optional().meta({
    description: 'Who hears that no base was found to apply it on.',
    fallback: '`author`',
    example: 'maintainers',
  }),
  held: audience.optional().meta({
    description: 'Who hears that a series waits for approval, since it changes what CI runs.',
    fallback: quietMeaning,
    example: 'author',
  }),
  problem: audience.optional().meta({
    description: 'Who hears that the mails of a series contradict each other.',
    fallback: '`author`',
    example: 'nobody',
  }),
  merged: audience.optional().meta({
    description: 'Who hears that a series is on its base branch as a whole.',
    fallback: '`nobody`',
    example: 'author',
  }),
  when: z.partialRecord(kind, timing).optional().meta({
    description:
      'When they hear of it: `always`, or `on-change` (only where the version before had another outcome).',
    kind: 'mapping of outcomes to `always` or `on-change`',
    fallback: '`always`',
    example: '{ success: on-change, failure: on-change }',
  }),
  maintainers: z.array(field.mailbox()).optional().meta({
    description: 'Who `maintainers` is. Reports name them as those who can help.',
    kind: 'mailboxes',
    fallback: 'none',
    example: '[Jane Doe <jane@example.org>]',
  }),
  results: field.mailbox().optional().meta({
    description: 'The list that `results` is: one for results alone.',
    kind: 'mailbox',
    fallback: 'none',
    example: 'hello-results@lists.example.org',
  }),
  rfc: z.enum(['as-usual', 'quiet']).optional().meta({
    description: 'Whether series with `RFC` in their subject are reported.',
    fallback: '`as-usual`',
    example: 'quiet',
  }),
  ciTag: z.enum(['as-usual', 'quiet']).optional().meta({
    description: 'Whether what its author marked with the trailer `CI-tag: skip` is reported.',
    fallback: '`quiet`',
    example: 'as-usual',
  }),
  consent: z.enum(['opt-out', 'opt-in']).optional().meta({
    description:
      'Whether people are written to until they opt out, or only once `patchferry opt-in` was told so.',
    fallback: '`opt-out`',
    example: 'opt-in',
  }),
  dryRun: z.boolean().optional().meta({
    description: 'Reports are written but wait until a person releases them.',
    fallback: '`false`',
    example: 'true',
  }),
} as const

export const reports = z.strictObject(keys)

/** A `reports` section as it stands in the file. */
export type ReportSettings = z.output<typeof reports>
