import { z } from 'zod'
import * as field from '../fields.ts'

const isolation = z.enum(['bubblewrap', 'container', 'none'], {
  error: (issue) =>
    issue.input === undefined
      ? 'is missing: a test runs code that strangers sent by mail, so say how it is kept apart'
      : undefined,
})

export const tests = z.strictObject({
  name: field.line().prefault('test').meta({
    description: 'Name of the check in reports and on the dashboard.',
    example: 'make check',
  }),
  command: z
    .array(z.string().min(1, { error: 'must not be empty' }))
    .min(1, { error: 'must have at least one entry: the program' })
    .meta({
      description:
        'Program and arguments, run without a shell in a clean checkout of the series. Exit 0 passes.',
      example: '[make, check]',
    }),
  timeout: field.someTime().prefault('30m').meta({
    description: 'After this the test and all it started are killed.',
    kind: 'duration',
    example: '2h',
  }),
  bisect: field.someTime().optional().meta({
    description:
      'Where a series of several patches fails, its commits are tested, by halving, to find the patch that breaks it; the report then answers that patch. This is for how long: afterwards the report goes out without.',
    kind: 'duration',
    fallback: 'only the last commit is tested, and the report answers the series',
    example: '1h',
  }),
  isolation: isolation.meta({
    description:
      'How the test, which is strangers’ code, is kept apart: `bubblewrap` (no network, no other files), `container`, or `none`, which gives it all that this user may do.',
    example: 'bubblewrap',
  }),
  readable: z.array(field.absolutePath()).default([]).meta({
    description:
      'With `bubblewrap`: paths besides the system’s that may be read, such as a toolchain in `/opt`.',
    kind: 'paths',
    example: '[/opt/toolchain]',
  }),
  image: field.line().optional().meta({
    description: 'With `container`: the image; it must be on this machine already.',
    fallback: 'none',
    example: 'localhost/hello-tests:latest',
  }),
  engine: z.enum(['podman', 'docker']).default('podman').meta({
    description: 'With `container`: the program that runs it.',
    example: 'docker',
  }),
  memory: field.size().optional().meta({
    description: 'With `container`: most memory it may use.',
    kind: 'size',
    fallback: 'no limit',
    example: '2GB',
  }),
  processes: z.int().min(1).optional().meta({
    description: 'With `container`: most processes it may have at a time.',
    fallback: 'no limit',
    example: '512',
  }),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .meta({
      description:
        'Added to the test’s environment, which otherwise has nothing of ours. Never a secret.',
      kind: 'mapping of text',
      example: '{ JOBS: "2" }',
    }),
  output: field.size().prefault('256KB').meta({
    description: 'How much of the output is kept, half of it from the end.',
    kind: 'size',
    example: '1MB',
  }),
})
