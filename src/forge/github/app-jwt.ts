import { Buffer } from 'node:buffer'
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { BotError } from '../../core/bot-error.ts'

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Takes a PEM as GitHub gives it, or with its line ends written as `\n`, as environments hold it. */
export function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem.replaceAll('\\n', '\n'))
  } catch {
    // What node says of a key might quote it.
    throw new BotError('FORGE_FORBIDDEN', "the App's private key is no PEM key", {
      retry: 'after-human',
      remedy: 'Give the whole file that GitHub made, with its first and last line.',
    })
  }
}

/**
 * What an App shows to GitHub to be given a token: RS256, valid from a minute ago, for the clock of GitHub may be behind, to nine
 * minutes from now (GitHub takes ten).
 */
export function appJwt(appId: string, key: KeyObject, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000)
  const claims = { iat: seconds - 60, exp: seconds + 540, iss: appId }
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
}
