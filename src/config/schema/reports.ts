import { z } from 'zod'
import * as field from '../fields.ts'

const audience = z.enum(['nobody', 'author', 'author-and-list', 'maintainers', 'results'])
const timing = z.enum(['always', 'on-change', 'digest'])
const kind = z.enum([
  'success',
  'failure',
  'error',
  'noChecks',
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
  noChecks: audience.optional().meta({
    description:
      'Who hears that nothing tested a series: it tells CI not to run, does not merge with its base any more, or the project has no CI.',
    fallback: '`nobody`',
    example: 'author',
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
      'When they hear of it: `always`, `on-change` (only where the version before had another outcome), or in a `digest`.',
    kind: 'mapping of outcomes to `always`, `on-change` or `digest`',
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
  limits: z
    .strictObject({
      perThread: z.int().min(0, { error: 'must not be negative' }).optional().meta({
        description: 'Mails about one topic within any 24 hours. 0: no limit.',
        fallback: '`5`',
        example: '3',
      }),
      perDay: z.int().min(0, { error: 'must not be negative' }).optional().meta({
        description: 'Mails for one list within any 24 hours. 0: no limit.',
        fallback: '`200`',
        example: '50',
      }),
      beyond: z.enum(['hold', 'digest']).optional().meta({
        description: 'What is beyond waits for a person (`hold`), or goes into the `digest`.',
        fallback: '`hold`',
        example: 'digest',
      }),
    })
    .optional()
    .meta({ description: 'Guards against too much mail.' }),
  digest: z
    .strictObject({
      every: z.enum(['day', 'week']).optional().meta({
        description: 'How often a digest is sent; `week` is on Mondays.',
        fallback: '`day`',
        example: 'week',
      }),
      at: field.timeOfDay().optional().meta({
        description: 'At which time of day.',
        kind: 'time of day',
        fallback: '`08:00`',
        example: "'06:30'",
      }),
      to: z.enum(['list', 'maintainers', 'results']).optional().meta({
        description: 'Who gets it.',
        fallback: '`results`, else `maintainers` where there are any, else `list`',
        example: 'maintainers',
      }),
    })
    .optional()
    .meta({ description: 'The summary that `digest` goes into: one mail for each list.' }),
  quietHours: z
    .strictObject({
      from: field.timeOfDay().optional().meta({
        description: 'From this time of day on no mail leaves.',
        kind: 'time of day',
        fallback: 'no quiet hours',
        example: "'22:00'",
      }),
      to: field.timeOfDay().optional().meta({
        description: 'Until this time of day; what waited leaves then.',
        kind: 'time of day',
        fallback: 'no quiet hours',
        example: "'07:30'",
      }),
      weekends: z.boolean().optional().meta({
        description: 'Saturdays and Sundays are quiet too.',
        fallback: '`false`',
        example: 'true',
      }),
    })
    .optional()
    .meta({ description: 'When no mail leaves.' }),
  timeZone: field.timeZone().optional().meta({
    description: 'Time zone of quiet hours and digests.',
    kind: 'IANA time zone',
    fallback: '`UTC`',
    example: 'Europe/Berlin',
  }),
  deadline: field.someTime().optional().meta({
    description:
      'How long the checks of a version are waited for; then what is in is reported, with what is missing.',
    kind: 'duration',
    fallback: '`1d`',
    example: '6h',
  }),
  staleAfter: field.someTime().optional().meta({
    description:
      'Reports are not sent any more about what arrived longer ago, unless a person acted on it since.',
    kind: 'duration',
    fallback: '`14d`',
    example: '3d',
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
