import { z } from 'zod'
import * as field from '../fields.ts'
import { credentials } from './credentials.ts'
import { reports } from './reports.ts'
import { tests } from './tests.ts'

const addressOrDomain = z.string().regex(/^[^\s@]*@[^\s@]+$/, {
  error: 'must be an address, or a domain as `@example.org`',
})

export const project = z.strictObject({
  name: field.name().meta({
    description: 'Name on the dashboard and in refs of the state folder.',
    example: 'hello',
  }),
  lists: z.array(z.string()).min(1, { error: 'must name at least one list' }).meta({
    description: 'The lists its patches come by; reports go to the first that carries the series.',
    kind: 'names',
    example: '[devel]',
  }),
  prefixes: z
    .array(
      z.string().regex(/^[^\s\][]+$/, { error: 'must be one word, as it stands between brackets' }),
    )
    .min(1, { error: 'must have at least one entry; leave the key out to take every subject' })
    .optional()
    .meta({
      description:
        'Only series with one of these words in the brackets of their subject, `[PATCH hello 1/2]`.',
      kind: 'words',
      fallback: 'every series that no other project claims by prefix or files',
      example: '[hello]',
    }),
  paths: z
    .array(field.line())
    .min(1, { error: 'must have at least one glob; leave the key out to look at no files' })
    .optional()
    .meta({
      description:
        'Its files, as globs like those of a MAINTAINERS file: a series that no prefix sends anywhere goes to the project that has most of the files it changes. `!` leaves files out again; the last glob that matches decides.',
      kind: 'globs',
      fallback: 'files are not looked at',
      example: "['drivers/net/', '!drivers/net/wireless/']",
    }),
  upstream: z
    .strictObject({
      url: field.repositoryUrl().meta({
        description: 'Repository whose branches are fetched before a base is chosen.',
        kind: 'repository',
        example: 'https://git.example.org/hello.git',
      }),
      ...credentials,
    })
    .optional()
    .meta({ description: 'Where base branches come from.', fallback: 'the mirror itself' }),
  mirror: z
    .strictObject({
      forge: field.name().meta({
        description:
          'What the mirror is: `plain` is any git repository that we may push to, all else the name of one of `forges`.',
        kind: '`plain` or a name of `forges`',
        example: 'plain',
      }),
      url: field.repositoryUrl().meta({
        description: 'Repository that the branches are pushed to.',
        kind: 'repository',
        example: './mirror.git',
      }),
      publicUrl: field.repositoryUrl().optional().meta({
        description: 'What `git fetch` lines in reports show people.',
        kind: 'repository',
        fallback: '`url`',
        example: 'https://git.example.org/hello-series.git',
      }),
      ...credentials,
      placement: z.enum(['fork', 'agit', 'secretless-mirror', 'same-repo']).optional().meta({
        description:
          'Where the heads of pull requests live, which decides what CI lets strangers’ patches do (docs/security.md): in a `fork` of the bot, nowhere (`agit`, Forgejo and Gitea), in the mirror itself, which has no secrets (`secretless-mirror`), or in a mirror that has some (`same-repo`).',
        fallback: 'none with `forge: plain`, else required',
        example: 'fork',
      }),
      fork: field.repositoryUrl().optional().meta({
        description:
          'The bot’s fork of the mirror, where series branches and message refs go with `fork`, and message refs with `agit`.',
        kind: 'repository',
        fallback: 'none; required with `fork` and `agit`',
        example: 'https://github.com/patchferry-bot/hello.git',
      }),
      publicForkUrl: field.repositoryUrl().optional().meta({
        description:
          'What `git fetch` lines in reports and pull requests show people, where it is the fork that they fetch from.',
        kind: 'repository',
        fallback: '`fork`, on the server of `publicUrl` where that is given',
        example: 'https://git.example.org/bot/hello.git',
      }),
      overlay: field.somePath().optional().meta({
        description:
          'Folder of files, such as `.github/workflows/ci.yml`, that are put on top of the mirror’s base branches as one commit. Needs `upstream`. On Forgejo and Gitea only workflows of `pull_request_target` are read from there (docs/forges.md).',
        kind: 'path',
        fallback: 'base branches are as upstream has them',
        example: './ci-overlay',
      }),
      holdsNoSecrets: z.boolean().default(false).meta({
        description:
          'Your word that neither the mirror nor its owner gives CI any secrets, which an `overlay` on Forgejo and Gitea needs with `fork` and `agit`: workflows of `pull_request_target` would get them.',
        kind: 'true or false',
        example: 'true',
      }),
    })
    .transform((given) => ({ ...given, publicUrl: given.publicUrl ?? given.url }))
    .meta({ description: 'Where branches, message refs and series tags go.' }),
  branches: z
    .array(field.branch())
    .min(1, { error: 'must name at least one branch' })
    .default(['main'])
    .meta({
      description: 'Branches a series may be based on, best first; the first is the default.',
      kind: 'branch names',
      example: '[main, next]',
    }),
  prefixBranches: z.record(z.string(), field.branch()).default({}).meta({
    description: 'Bracket word of the subject -> branch it is based on.',
    kind: 'mapping of branch names',
    example: '{ stable: stable-2.4 }',
  }),
  greenBase: z.boolean().default(false).meta({
    description:
      'Where a series applies on the tip of no branch, try the newest commit whose own checks are green.',
    example: 'true',
  }),
  settle: field.duration().prefault('2m').meta({
    description:
      'How long a complete series rests before it is published, for a late cover letter or correction.',
    kind: 'duration',
    example: '30s',
  }),
  tests: tests.optional().meta({
    description: 'What is run on an applied series.',
    fallback: 'nothing is run',
  }),
  checks: z
    .strictObject({
      expected: z.array(field.line()).default([]).meta({
        description:
          'Names of checks without which no verdict is given. What usually reports is learned besides.',
        kind: 'names of checks',
        example: "['build (gcc)', 'build (clang)']",
      }),
      quiet: field.duration().prefault('2m').meta({
        description:
          'How long nothing new may come in before the checks of the forge count as done.',
        kind: 'duration',
        example: '5m',
      }),
    })
    .prefault({})
    .meta({ description: 'When the checks of a forge are complete.' }),
  trust: z
    .strictObject({
      ciPaths: z.array(field.line()).default([]).meta({
        description:
          'Globs besides `.github/**`, `.gitea/**` and `.forgejo/**`: a series that changes such a path waits for approval.',
        kind: 'globs',
        example: "['ci/**', Makefile]",
      }),
      unknownSenders: z.enum(['test', 'hold']).default('test').meta({
        description:
          'Whether a series of a sender who is not known is tested like any other, or waits for approval.',
        example: 'hold',
      }),
      authservIds: z
        .array(z.string().regex(/^[^\s;()]+$/, { error: 'must be one word, as servers write it' }))
        .default([])
        .meta({
          description:
            'Names of the mail servers whose `Authentication-Results` count (RFC 8601): those of your own side, which take such fields away that come with a mail.',
          kind: 'names of servers',
          example: '[mx.example.org]',
        }),
      knownSenders: z.array(addressOrDomain).default([]).meta({
        description:
          'With `unknownSenders: hold`: addresses, or domains as `@example.org`. Known is who writes from one of them, and for whom one of `authservIds` reports a DKIM signature of that domain. From alone proves nothing.',
        kind: 'mail addresses',
        example: "[ada@example.org, '@example.com']",
      }),
      approvers: z.array(addressOrDomain).default([]).meta({
        description:
          'Who may release held series by mail: addresses, or domains as `@example.org`. Only where one of `authservIds` reports a DKIM signature of that domain, and the mail names the version or head (docs/security.md).',
        kind: 'mail addresses',
        example: '[ada@example.org]',
      }),
    })
    .prefault({})
    .meta({ description: 'What a stranger’s series may not do by itself.' }),
  reports: reports.optional().meta({ description: 'Who is told of what, and when.' }),
})
