import { z } from 'zod'
import * as field from '../fields.ts'

export const defaultPorts = { public: 8470, operator: 8471 } as const

const tokens = z
  .array(
    z.strictObject({
      name: field.name().meta({
        description: 'Who acts with it; goes into the journal.',
        example: 'jane',
      }),
      token: z.string().optional().meta({
        description: 'The token, as `${NAME}` of an environment variable. At least 20 characters.',
        kind: 'secret',
        fallback: 'none',
        example: '${JANE_TOKEN}',
      }),
      tokenFile: field.somePath().optional().meta({
        description: 'A file with the token.',
        kind: 'secret file',
        fallback: 'none',
        example: './secrets/jane',
      }),
      tokenCommand: field.secretCommand(
        'the token as its first line',
        '[pass, show, patchferry/jane]',
      ),
    }),
  )
  .default([])

const port = z
  .int({ error: 'must be a port number' })
  .min(0, { error: 'must be a port number' })
  .max(65535, { error: 'must be a port number' })

export const web = z.strictObject({
  public: z
    .strictObject({
      host: field.line().prefault('127.0.0.1').meta({
        description: 'Address to listen on; a reverse proxy with TLS belongs in front.',
        example: '0.0.0.0',
      }),
      port: port
        .default(defaultPorts.public)
        .meta({ description: 'Port; 0 is any free one.', example: '80' }),
      url: field.webUrl().optional().meta({
        description:
          'How the world reaches it, where webhooks come; `patchferry doctor` looks whether it does.',
        kind: 'https URL',
        fallback: 'none',
        example: 'https://ci.example.org',
      }),
      tokens: tokens.meta({
        description: 'Who may hand in mails at `/api/v1/messages`; nobody where there are none.',
      }),
    })
    .prefault({})
    .meta({ description: 'Listener for the world: health, webhooks, handing in mails.' }),
  operator: z
    .strictObject({
      host: field.line().prefault('127.0.0.1').meta({
        description: 'Address to listen on. Looking needs no login there.',
        example: '10.0.0.5',
      }),
      port: port
        .default(defaultPorts.operator)
        .meta({ description: 'Port; 0 is any free one.', example: '81' }),
      tokens: tokens.meta({
        description: 'Who may act on the dashboard; nobody where there are none.',
      }),
      tls: z.boolean().default(false).meta({
        description: 'Browsers reach it by https through a proxy: cookies are for https alone.',
        example: 'true',
      }),
      hosts: z
        .array(
          z.string().regex(/^[A-Za-z0-9.-]+$|^\[[0-9A-Fa-f:]+\]$/, {
            error: 'must be a host name as browsers send it, without port',
          }),
        )
        .default([])
        .meta({
          description:
            'Host names it answers to besides `localhost`, `127.0.0.1`, `[::1]` and `host`; any other is refused, which stops DNS rebinding.',
          kind: 'host names',
          example: '[patchferry.example.org]',
        }),
    })
    .prefault({})
    .meta({ description: 'Listener for operators: dashboard and metrics.' }),
})
