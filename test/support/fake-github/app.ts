import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import type { AppIdentity } from './records.ts'

export type Level = 'read' | 'write'
export type Permissions = Readonly<Record<string, Level>>

export interface Installation {
  readonly id: number
  /** An installation is of one account, and so are its tokens. */
  readonly account: string
  readonly permissions: Permissions
  readonly repositories: readonly string[]
}

export interface InstallationToken {
  readonly token: string
  readonly installation: Installation
  readonly permissions: Permissions
  readonly repositories: readonly string[]
  expiresAt: number
}

/** A GitHub App that is registered with the fake. */
export interface FakeApp extends AppIdentity {
  readonly clientId: string
  /** PEM, PKCS#1, as GitHub gives it. */
  readonly privateKey: string
  readonly webhookSecret: string
  readonly installations: Installation[]
  readonly tokens: InstallationToken[]
  /** Whether a JSON Web Token says that it is this App, now. */
  accepts(jwt: string): boolean
}

/** Made once for all fakes of a test file: keys take long. */
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

export function makeApp(): FakeApp {
  const id = 4242
  const clientId = 'Iv23fake4242'
  return {
    id,
    slug: 'patchferry',
    name: 'Patchferry',
    clientId,
    privateKey,
    webhookSecret: 'webhook secret of the app',
    installations: [],
    tokens: [],
    accepts: (jwt) => isGoodJwt(jwt, [String(id), clientId]),
  }
}

/**
 * RS256, from the App, not expired, and for ten minutes at most:
 * docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
function isGoodJwt(jwt: string, issuers: readonly string[]): boolean {
  const [head = '', body = '', signature = ''] = jwt.split('.')
  const header = readPart(head)
  const { iss, iat, exp } = readPart(body)
  const nowSeconds = Date.now() / 1000
  return (
    header['alg'] === 'RS256' &&
    issuers.includes(String(iss)) &&
    Number(iat) <= nowSeconds + 5 &&
    Number(exp) > nowSeconds &&
    Number(exp) <= nowSeconds + 600 + 5 &&
    verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${body}`),
      createPublicKey(privateKey),
      Buffer.from(signature, 'base64url'),
    )
  )
}

function readPart(part: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}
