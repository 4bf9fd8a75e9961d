import { z } from 'zod'
import * as field from '../fields.ts'

function argv(description: string, example: string): z.ZodOptional<z.ZodArray<z.ZodString>> {
  return z
    .array(z.string())
    .min(1, { error: 'must name a program' })
    .optional()
    .meta({ description, kind: 'command', fallback: 'none', example })
}

const smtp = z.strictObject({
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:-]+$/, { error: 'is no host name' })
    .meta({
      description: 'Mail server that takes mail for anybody, such as that of your provider.',
      kind: 'host',
      example: 'mail.example.org',
    }),
  port: z.int().min(1).max(65_535).optional().meta({
    description: 'Its port.',
    fallback: '587, 465 with `tls`, 25 with `opportunistic` and `none`',
    example: '587',
  }),
  security: z.enum(['starttls', 'tls', 'opportunistic', 'none']).default('starttls').meta({
    description:
      'How the connection is encrypted. `starttls` is required, not only offered; `opportunistic` takes STARTTLS where it is offered, whatever the certificate, and goes on without where it is not, and logs in nowhere; `none` is for a server on this machine.',
    example: 'tls',
  }),
  user: field.line().optional().meta({
    description: 'User name of the login; needs a password or token.',
    fallback: 'none',
    example: 'patchferry@example.org',
  }),
  password: z.string().optional().meta({
    description: 'Password of the login, as `${NAME}` of an environment variable.',
    kind: 'secret',
    fallback: 'none',
    example: '${SMTP_PASSWORD}',
  }),
  passwordFile: field.somePath().optional().meta({
    description: 'A file with the password of the login.',
    kind: 'secret file',
    fallback: 'none',
    example: './secrets/smtp-password',
  }),
  passwordCommand: argv(
    'A program and its arguments, run without a shell for each connection; it prints the password as its first line.',
    '[pass, show, patchferry/smtp]',
  ),
  tokenFile: field.somePath().optional().meta({
    description:
      'A file with an OAuth 2 access token, used with XOAUTH2. Something else renews it: it is read for each connection.',
    kind: 'path',
    fallback: 'none',
    example: '/run/patchferry/smtp-token',
  }),
  tokenCommand: argv(
    'A program and its arguments, run likewise; it prints a valid token as its first line.',
    '[oauth2-token, patchferry]',
  ),
  authoritiesFile: field.somePath().optional().meta({
    description: 'A PEM file of the authorities that are trusted instead of those of the system.',
    kind: 'path',
    fallback: 'none',
    example: './mail-ca.pem',
  }),
  fingerprint: z
    .string()
    .regex(/^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, { error: 'is no SHA-256 fingerprint' })
    .optional()
    .meta({
      description:
        'SHA-256 of the certificate of the server: this one is trusted, whoever signed it, and no other. `patchferry doctor` prints it.',
      kind: '64 hex digits',
      fallback: 'none',
      example: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
    }),
  clientName: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, { error: 'is no host name' })
    .optional()
    .meta({
      description: 'What we call ourselves in EHLO.',
      kind: 'host',
      fallback: 'the name of this machine',
      example: 'ci.example.org',
    }),
  timeout: field.someTime().prefault('5m').meta({
    description: 'How long the server may stay silent (RFC 5321 4.5.3.2).',
    kind: 'duration',
    example: '2m',
  }),
})

function count(of: string, example: string): z.ZodOptional<z.ZodInt> {
  return z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .meta({ description: of, fallback: 'no limit', example })
}

const limits = z.strictObject({
  perMinute: count('Mails in any minute.', '30'),
  perHour: count('Mails in any hour.', '500'),
  perDomainPerMinute: count('Mails in any minute to recipients of one domain.', '10'),
})

const sendmail = z.strictObject({
  command: z
    .array(z.string())
    .min(1, { error: 'must name a program' })
    .default(['/usr/sbin/sendmail'])
    .meta({
      description:
        'A program and its first arguments, run without a shell: a name that is looked for in PATH, or a path, relative to the folder of the configuration; `-i -f SENDER -- RECIPIENT...` comes after them, and the mail on standard input. Its exit code is one of sysexits.h: 75 is tried again, 65, 67, 68, 69, 76 and 77 are final.',
      kind: 'command',
      example: '[/usr/bin/msmtp, -a, patchferry]',
    }),
  timeout: field.someTime().prefault('5m').meta({
    description:
      'How long the program may take. Of one that takes longer nobody knows what it did.',
    kind: 'duration',
    example: '1m',
  }),
})

/** One of `maildir`, `smtp` and `sendmail`. */
export const delivery = z
  .strictObject({
    maildir: field.somePath().optional().meta({
      description: 'Maildir that reports are delivered to.',
      kind: 'path',
      fallback: 'none',
      example: './outgoing',
    }),
    smtp: smtp.optional().meta({ description: 'Mail server that reports are sent by.' }),
    sendmail: sendmail.optional().meta({
      description: 'Program of this machine that reports are handed to.',
    }),
    returnPath: field.returnPath().optional().meta({
      description:
        'Where bounces go. With `{token}` in it each report has an address of its own, and what bounces to that is counted: the server has to deliver all of them to a mailbox that is one of the sources, as it does with `+` addresses.',
      kind: 'mail address',
      fallback: "the bot's address",
      example: 'patchferry+b-{token}@example.org',
    }),
    bounces: z
      .strictObject({
        limit: z.int().min(1).max(1_000).default(3).meta({
          description: 'So many reports that do not reach an address for good are too many.',
          example: '5',
        }),
        within: field.someTime().prefault('30d').meta({
          description: 'In this time.',
          kind: 'duration',
          example: '14d',
        }),
        silence: field.someTime().prefault('90d').meta({
          description:
            'How long the address is not written to then; `patchferry opt-out --undo` ends it.',
          kind: 'duration',
          example: '30d',
        }),
      })
      .prefault({})
      .meta({ description: 'When an address is not written to any more.' }),
    retryFor: field.someTime().prefault('5d').meta({
      description:
        'How long a report is tried again, ever more rarely, that is put off or finds no connection; then it is `failed`.',
      kind: 'duration',
      example: '2d',
    }),
    lookFor: field.someTime().prefault('2h').meta({
      description:
        'How long it is waited for a report to come back by the list, when nobody can tell whether the server took it.',
      kind: 'duration',
      example: '30m',
    }),
    limits: limits.prefault({}).meta({
      description: 'How many mails may be begun; what is more waits for its turn.',
    }),
    ifUnknown: z.enum(['hold', 'resend']).default('hold').meta({
      description:
        'What becomes of it then: a person decides, or it is sent again with the same Message-ID.',
      example: 'resend',
    }),
  })
  .meta({ description: 'How reports leave: by `maildir`, by `smtp` or by `sendmail`.' })
