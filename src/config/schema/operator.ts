import { z } from 'zod'
import { conditionIds } from '../../core/watch/condition.ts'
import * as field from '../fields.ts'

function limit(
  fallback: string,
  description: string,
  example: string,
): z.ZodPrefault<ReturnType<typeof field.someTime>> {
  return field.someTime().prefault(fallback).meta({ description, kind: 'duration', example })
}

const limits = z.strictObject({
  dueJob: limit(
    '30m',
    'How long work that is due may wait for the worker; tests and mails 24 times as long.',
    '2h',
  ),
  heldMail: limit('3d', 'How long a mail may wait for a person. Dry runs do not count.', '1d'),
  delayedMail: limit('2h', 'How long a mail server may put a mail off.', '6h'),
  sourceUnread: limit('30m', 'How long reading a source may fail.', '2h'),
  mirrorAge: limit('1h', 'How old the base branches may be.', '6h'),
  freeDisk: field.size().prefault('1GB').meta({
    description: 'What must be free for the state folder.',
    kind: 'size',
    example: '5GB',
  }),
  requestsLeft: z.int().min(0).max(1_000_000).default(100).meta({
    description: 'Requests that a forge must still allow before its limit is renewed.',
    example: '500',
  }),
})

const ignored = z
  .string()
  .refine((text) => (conditionIds as readonly string[]).includes(text.split(' ')[0] ?? ''), {
    error: 'begins with no condition of docs/operations.md',
  })

/** What is watched, and who is told. */
export const operator = z.strictObject({
  address: field.mailAddress().optional().meta({
    description:
      'Gets one mail when something that is watched turns bad, and one when it is good again.',
    kind: 'mail address',
    fallback: 'nobody is written to',
    example: 'ops@example.org',
  }),
  mailsPerDay: z.int().min(1).max(100).default(6).meta({
    description: 'Most mails to it in any 24 hours. What is beyond is told by the next one.',
    example: '2',
  }),
  badFor: field.someTime().prefault('5m').meta({
    description: 'How long something must be bad before it is told.',
    kind: 'duration',
    example: '1h',
  }),
  goodFor: field.someTime().prefault('15m').meta({
    description: 'How long it must be good again before that is told.',
    kind: 'duration',
    example: '1h',
  }),
  ignore: z.array(ignored).default([]).meta({
    description:
      'Conditions that are known and neither shown nor told: all of a kind, or one with its source, project or account.',
    kind: 'conditions',
    example: '[source-silence stdin, quarantine]',
  }),
  limits: limits.prefault({}).meta({ description: 'From where on something is bad.' }),
})
