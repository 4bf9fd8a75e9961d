import { z } from 'zod'
import * as field from '../fields.ts'

function argv(): z.ZodArray<z.ZodString> {
  return z.array(z.string()).min(1, { error: 'must name a program' })
}

export const imap = z.strictObject({
  host: field.line().meta({ description: 'The server.', example: 'imap.example.org' }),
  port: z
    .int({ error: 'must be a port number' })
    .min(1, { error: 'must be a port number' })
    .max(65535, { error: 'must be a port number' })
    .optional()
    .meta({
      description: 'Its port.',
      fallback: '993 with `security: tls`, else 143',
      example: '1993',
    }),
  security: z.enum(['tls', 'starttls', 'plain']).default('tls').meta({
    description:
      'TLS from the start, or before the login, or none at all, which only a server on this machine may have. There is no falling back.',
    example: 'starttls',
  }),
  fingerprint: z
    .string()
    .regex(/^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, { error: 'is no SHA-256 in hex' })
    .optional()
    .meta({
      description:
        'SHA-256 of the one certificate that is accepted, whoever signed it. `patchferry doctor` prints it.',
      fallback: 'any certificate that is valid for the host',
      example: `'${Array.from({ length: 32 }, () => '1f').join(':')}'`,
    }),
  user: field.line().meta({ description: 'Who logs in.', example: 'patchferry@example.org' }),
  password: z.string().optional().meta({
    description:
      'The password, as `${NAME}` of an environment variable. Give this, `passwordFile`, `passwordCommand`, `tokenFile` or `tokenCommand`.',
    kind: 'secret',
    fallback: 'none',
    example: '${IMAP_PASSWORD}',
  }),
  passwordFile: field.somePath().optional().meta({
    description: 'A file with the password.',
    kind: 'secret file',
    fallback: 'none',
    example: './secrets/imap-password',
  }),
  passwordCommand: argv().optional().meta({
    description:
      'A program and its arguments, run without a shell for each connection; it prints the password as its first line.',
    kind: 'command',
    fallback: 'none',
    example: '[pass, show, patchferry/imap]',
  }),
  tokenFile: field.somePath().optional().meta({
    description:
      'A file with an OAuth 2 access token, used with OAUTHBEARER or XOAUTH2. Something else renews it: it is read for each connection, and again when the token is refused.',
    fallback: 'none',
    example: '/run/patchferry/imap-token',
  }),
  tokenCommand: argv().optional().meta({
    description:
      'A program and its arguments, run likewise; it prints a valid token as its first line.',
    kind: 'command',
    fallback: 'none',
    example: '[oauth2-token, patchferry]',
  }),
  folders: z
    .array(field.line())
    .min(1, { error: 'must name at least one folder' })
    .default(['INBOX'])
    .meta({
      description: 'Folders that are read, as the server names them. Each has a connection.',
      kind: 'names',
      example: '[INBOX, lists/devel]',
    }),
  afterImport: z.enum(['keep', 'flag', 'move', 'delete']).default('keep').meta({
    description: 'What becomes of a mail there once it is durable here.',
    example: 'move',
  }),
  flag: z
    .string()
    .regex(/^\\?[A-Za-z0-9$_.-]+$/, { error: 'is no flag of IMAP' })
    .optional()
    .meta({
      description: 'The flag or keyword that `afterImport: flag` sets.',
      fallback: '`\\Seen`',
      example: '$Patchferry',
    }),
  moveTo: field.line().optional().meta({
    description: 'The folder that `afterImport: move` moves to.',
    fallback: 'none',
    example: 'done',
  }),
})

export type ImapSettings = z.output<typeof imap>
