import { z } from 'zod'
import * as field from '../fields.ts'

export const retention = z.strictObject({
  logs: field.someTime().prefault('30d').meta({
    description:
      'Whole logs of tests, which the dashboard shows. What reports say of them is kept as long as the result.',
    kind: 'duration',
    example: '7d',
  }),
  checks: field.someTime().prefault('365d').meta({
    description:
      'Results of tests and checks. Of an older head it stays known what was said of it; it is tested again only where a person asks.',
    kind: 'duration',
    example: '90d',
  }),
  givenUp: field.someTime().prefault('90d').meta({
    description: 'Jobs that were given up, which `status` counts. Those of mails are kept.',
    kind: 'duration',
    example: '30d',
  }),
  checkouts: field.someTime().prefault('2d').meta({
    description:
      'Checkouts of tests that could not be removed when the test was over; never shorter than a test may take.',
    kind: 'duration',
    example: '12h',
  }),
  mailRefs: field.someTime().optional().meta({
    description:
      'Refs of single mails on the mirror, `refs/mail/MESSAGE-ID`, counted from when they were published. Afterwards they are deleted there, and `patchferry ref` prints the tag of the series, which stays and names every commit. docs/operations.md says what it buys.',
    kind: 'duration',
    fallback: 'kept for ever',
    example: '365d',
  }),
})
