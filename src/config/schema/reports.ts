import { z } from 'zod'
import * as field from '../fields.ts'

const audience = z.enum(['nobody', 'author', 'author-and-list', 'maintainers'])

export const reports = z
  .strictObject({
    success: audience.default('nobody').meta({
      description: 'Who hears that a series passed.',
      example: 'author',
    }),
    failure: audience.default('author-and-list').meta({
      description: 'Who hears that tests fail which do not fail on the base.',
      example: 'author',
    }),
    error: audience.optional().meta({
      description: 'Who hears that tests could not be run.',
      fallback: '`maintainers` where there are any, else `nobody`',
      example: 'nobody',
    }),
    conflict: audience.default('author').meta({
      description: 'Who hears that a series does not apply.',
      example: 'author-and-list',
    }),
    baseMissing: audience.default('author').meta({
      description: 'Who hears that no base was found to apply it on.',
      example: 'maintainers',
    }),
    held: audience.optional().meta({
      description: 'Who hears that a series waits for approval, since it changes what CI runs.',
      fallback: '`maintainers` where there are any, else `nobody`',
      example: 'author',
    }),
    problem: audience.default('author').meta({
      description: 'Who hears that the mails of a series contradict each other.',
      example: 'nobody',
    }),
    maintainers: z.array(field.mailbox()).prefault([]).meta({
      description: 'Who `maintainers` is.',
      kind: 'mailboxes',
      example: '[Jane Doe <jane@example.org>]',
    }),
    dryRun: z.boolean().default(false).meta({
      description: 'Reports are written but wait until a person releases them.',
      example: 'true',
    }),
  })
  .transform((given) => {
    const quiet = given.maintainers.length > 0 ? 'maintainers' : 'nobody'
    return { ...given, error: given.error ?? quiet, held: given.held ?? quiet }
  })
