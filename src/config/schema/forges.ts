import { z } from 'zod'
import * as field from '../fields.ts'

/** Kinds of forges that have accounts; `plain` needs none. */
export const forgeKinds = ['github', 'forgejo', 'gitea'] as const

const secretKeys = {
  token: z.string().optional().meta({
    description:
      'Access token of the bot’s account, as `${NAME}` of an environment variable: for the API and for git.',
    kind: 'secret',
    fallback: 'none',
    example: '${FORGE_TOKEN}',
  }),
  tokenFile: field.somePath().optional().meta({
    description: 'A file with the access token.',
    kind: 'secret file',
    fallback: 'none',
    example: './secrets/forge-token',
  }),
  tokenCommand: field.secretCommand(
    'the access token as its first line',
    '[pass, show, patchferry/forge]',
  ),
}

export const forge = z.strictObject({
  name: field.name().meta({
    description:
      'Name by which `mirror.forge` refers to it; its webhooks come to `/webhooks/NAME`.',
    example: 'github',
  }),
  kind: z.enum(forgeKinds).meta({
    description: 'What it is.',
    example: 'github',
  }),
  url: field.webUrl().optional().meta({
    description: 'Its address, as people open it.',
    kind: 'https URL',
    fallback: '`https://github.com` for `github`; required for the others',
    example: 'https://codeberg.org',
  }),
  api: field.webUrl().optional().meta({
    description: 'Address of its API.',
    kind: 'https URL',
    fallback:
      '`https://api.github.com`, `URL/api/v3` of an Enterprise server, `URL/api/v1` of the others',
    example: 'https://github.example.org/api/v3',
  }),
  app: z
    .strictObject({
      id: z
        .int({ error: 'must be the number of the App' })
        .positive({ error: 'must be the number of the App' })
        .meta({ description: 'Number of the App (App ID).', example: '123456' }),
      installation: z
        .int({ error: 'must be the number of an installation' })
        .positive({ error: 'must be the number of an installation' })
        .optional()
        .meta({
          description: 'Number of its installation; naming it saves the request that looks it up.',
          fallback: 'looked up for each repository',
          example: '7890123',
        }),
      keyFile: field.somePath().optional().meta({
        description:
          'The private key of the App, the .pem file that GitHub gave. Give this or `keyCommand`.',
        kind: 'secret file',
        fallback: 'none',
        example: './secrets/github-app.pem',
      }),
      keyCommand: field.secretCommand('the key', '[pass, show, patchferry/github-app]'),
    })
    .optional()
    .meta({
      description:
        'A GitHub App, which `patchferry init github` registers; only with `kind: github`, in place of a token.',
      fallback: 'none',
    }),
  ...secretKeys,
  webhook: z
    .strictObject({
      secret: z.string().optional().meta({
        description:
          'What deliveries are signed with, as `${NAME}` of an environment variable. At least 20 characters.',
        kind: 'secret',
        fallback: 'none',
        example: '${WEBHOOK_SECRET}',
      }),
      secretFile: field.somePath().optional().meta({
        description: 'A file with the secret.',
        kind: 'secret file',
        fallback: 'none',
        example: './secrets/webhook',
      }),
      secretCommand: field.secretCommand(
        'the secret as its first line',
        '[pass, show, patchferry/webhook]',
      ),
      smee: field.webUrl().optional().meta({
        description:
          'A channel of smee.io, for development on a machine that nobody can reach. It is public: never in production.',
        kind: 'https URL',
        fallback: 'none',
        example: 'https://smee.io/abcdefgh',
      }),
    })
    .optional()
    .meta({
      description:
        'Deliveries that make it quick; without them the forge is asked every few minutes.',
      fallback: 'none; required with `app`',
    }),
  poll: field.someTime().prefault('10m').meta({
    description: 'How often open pull requests are compared with what is known here.',
    kind: 'duration',
    example: '30m',
  }),
})
