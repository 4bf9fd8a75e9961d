import path from 'node:path'
import { z } from 'zod'
import { parseDuration } from '../util/parse-duration.ts'
import { parseSize } from '../util/parse-size.ts'

/** What a custom check found: one clause for people, and what to do about it. */
interface Finding {
  readonly message: string
  readonly remedy: string
}

function check(judge: (text: string) => Finding | null): z.ZodString {
  return z.string().superRefine((text, context) => {
    const finding = judge(text)
    if (finding !== null) {
      context.addIssue({
        code: 'custom',
        message: finding.message,
        params: { remedy: finding.remedy },
      })
    }
  })
}

function convert<T>(read: (text: string) => T | null, finding: Finding): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = read(text)
    if (value === null) {
      context.addIssue({
        code: 'custom',
        message: finding.message,
        params: { remedy: finding.remedy },
      })
      return z.NEVER
    }
    return value
  })
}

const noDuration: Finding = {
  message: 'is no duration',
  remedy: 'Write a whole number with its unit: 30s, 10m, 2h or 1d.',
}

const noSize: Finding = {
  message: 'is no size of a KB or more',
  remedy: 'Write a whole number with its unit: 64KB, 1MB or 2GB.',
}

/** Milliseconds out of `30s`, `10m`, `2h`, `1d`. */
export function duration(): z.ZodType<number, string> {
  return convert(parseDuration, noDuration)
}

/** A duration of at least a second. */
export function someTime(): z.ZodType<number, string> {
  return convert(
    (text) => {
      const durationMs = parseDuration(text)
      return durationMs !== null && durationMs >= 1000 ? durationMs : null
    },
    { ...noDuration, message: 'is no duration of a second or more' },
  )
}

/** Minutes after midnight out of `22:00`. */
export function timeOfDay(): z.ZodType<number, string> {
  return convert(
    (text) => {
      const found = /^(?<hours>[01]?\d|2[0-3]):(?<minutes>[0-5]\d)$/.exec(text.trim())?.groups
      return found === undefined ? null : Number(found['hours']) * 60 + Number(found['minutes'])
    },
    { message: 'is no time of day', remedy: "Write hours and minutes in quotes: '22:30'." },
  )
}

/** A name of the IANA time zone database. */
export function timeZone(): z.ZodString {
  return check((text) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: text })
      return null
    } catch {
      return {
        message: 'is no time zone',
        remedy: 'Write a name such as Europe/Berlin, America/New_York or UTC.',
      }
    }
  })
}

/** Bytes out of `64KB`, `1MB`; at least one KB. */
export function size(): z.ZodType<number, string> {
  return convert((text) => {
    const bytes = parseSize(text)
    return bytes !== null && bytes >= 1024 ? bytes : null
  }, noSize)
}

/** Names of lists, sources, projects and tokens: they become parts of paths, keys and refs. */
export function name(): z.ZodString {
  return z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error:
      'is no name: letters, digits, `.`, `_` and `-`, at most 64, beginning with a letter or digit',
  })
}

/** One line of at least one printable character. */
export function line(): z.ZodString {
  return check((text) =>
    /^\P{Cc}+$/u.test(text) && text.trim() !== ''
      ? null
      : {
          message: 'must be one line of text',
          remedy: 'Remove line breaks and control characters.',
        },
  )
}

/** What a return path may hold in place of what tells mails apart. */
export const returnPathToken = '{token}'
const returnPathTokenLength = 36

export function isMailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s<>@,;:"()\p{Cc}]+@[A-Za-z0-9.-]+$/u.test(text)
}

export function mailAddress(): z.ZodString {
  return check((text) =>
    isMailAddress(text)
      ? null
      : { message: 'is no mail address', remedy: 'Write the bare address: someone@example.org.' },
  )
}

/** A mail address whose local part may hold `{token}` once. */
export function returnPath(): z.ZodString {
  return check((text) => {
    const withToken = text.replace(returnPathToken, 'x'.repeat(returnPathTokenLength))
    if (!isMailAddress(withToken) || /[{}]/.test(withToken)) {
      return {
        message: 'is no mail address',
        remedy: 'Write `bounces@example.org`, or `patchferry+b-{token}@example.org`.',
      }
    }
    const local = withToken.slice(0, withToken.indexOf('@'))
    return local.length <= 64
      ? null
      : {
          message: 'is longer than 64 characters before the @, with the token',
          remedy: `The token has ${returnPathTokenLength}: shorten what is around it.`,
        }
  })
}

/** `Name <address>` or a bare address. */
export function mailbox(): z.ZodType<{ name: string; address: string }, string> {
  return convert(
    (text) => {
      const named = /^(?<name>[^<>\p{Cc}]*)<(?<address>[^<>]+)>$/u.exec(text.trim())?.groups
      const address = named?.['address'] ?? text.trim()
      const shown = (named?.['name'] ?? '').trim().replace(/^"(.*)"$/, '$1')
      return isMailAddress(address) ? { name: shown, address } : null
    },
    {
      message: 'is no mailbox',
      remedy: 'Write `Jane Doe <jane@example.org>` or only the address.',
    },
  )
}

/** Branch names without `refs/heads/`, by the rules of git-check-ref-format(1). */
export function isBranchName(text: string): boolean {
  return (
    /^[^\p{Cc} ~^:?*[\\]+$/u.test(text) &&
    !/^-|^\/|\/$|\.$|\.\.|@\{|\/\/|^@$/.test(text) &&
    text.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
  )
}

export function branch(): z.ZodString {
  return check((text) => {
    if (text.startsWith('refs/')) {
      return {
        message: 'must be a branch name, not a full ref',
        remedy: `Write ${text.replace(/^refs\/(?:heads\/)?/, '')}.`,
      }
    }
    return isBranchName(text)
      ? null
      : {
          message: 'is no branch name',
          remedy: 'Write it as git does: main, stable/2.4 (see git-check-ref-format).',
        }
  })
}

export function isLocalRepository(url: string): boolean {
  return !url.includes('://') && (/^[./]/.test(url) || !/^[^/]+:/.test(url))
}

/** What `git fetch` takes, but for transports that run programs and for credentials. */
export function repositoryUrl(): z.ZodString {
  return check((url) => {
    if (/^[-~]|\p{Cc}/u.test(url) || url.trim() === '') {
      return { message: 'is no repository', remedy: 'Write a URL, or a path without `~`.' }
    }
    if (/^[\w-]+::/.test(url) || (url.includes('://') && !/^(?:https?|ssh|git|file):/i.test(url))) {
      return {
        message: 'uses a transport that is not allowed',
        remedy: 'Use https, http, ssh, git, file, user@host:path, or a path.',
      }
    }
    if (/^https?:\/\/[^/]*@/i.test(url) || /^\w+:\/\/[^/@]*:[^/@]*@/.test(url)) {
      return {
        message: 'holds credentials',
        remedy: 'Take them out of the URL; `user` and `passwordFile` beside it are for them.',
      }
    }
    return null
  })
}

/** An https or http URL without credentials, query and fragment; a slash at its end is taken away. */
export function webUrl(): z.ZodType<string, string> {
  return convert(
    (text) => {
      if (!/^https?:\/\/[^/?#@\s]+(?:\/[^?#@\s]*)?$/i.test(text) || !URL.canParse(text)) {
        return null
      }
      return text.replace(/\/+$/, '')
    },
    {
      message: 'is no web address',
      remedy: 'Write it as `https://forge.example.org`, without user, password and query.',
    },
  )
}

export function absolutePath(): z.ZodString {
  return check((text) =>
    path.isAbsolute(text)
      ? null
      : { message: 'must be an absolute path', remedy: 'Begin it with `/`.' },
  )
}

export function somePath(): z.ZodString {
  return check((text) =>
    text.trim() !== '' && !/^~|\p{Cc}/u.test(text)
      ? null
      : {
          message: 'is no path',
          remedy: 'Write a path without `~`; a relative one starts at this file.',
        },
  )
}

/** `what`: the secret that it prints. It is run when the configuration is read. */
export function secretCommand(
  what: string,
  example: string,
): z.ZodOptional<z.ZodArray<z.ZodString>> {
  return z
    .array(z.string())
    .min(1, { error: 'must name a program' })
    .optional()
    .meta({
      description: `A program and its arguments, run without a shell when Patchferry starts; it prints ${what}.`,
      kind: 'command',
      fallback: 'none',
      example,
    })
}
