import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'

/** A Forgejo or Gitea that may be used for tests. */
export interface RealServer {
  /** Of the web interface, without a slash at its end. */
  readonly url: string
  readonly login: string
  readonly token: string
  readonly version: string
  /** Tokens of other people, made for the test; null where the token is no administrator's. */
  readonly people: ReadonlyMap<string, string> | null
  /** A repository that may be emptied; null: each case makes one of its own, and deletes it. */
  readonly repository: string | null
}

export interface Asked {
  readonly body?: unknown
  /** Of somebody else. */
  readonly authorization?: string
  /** Statuses that are answers and no faults. */
  readonly also?: readonly number[]
}

export type Ask = (
  method: string,
  path: string,
  asked?: Asked,
) => Promise<{ readonly status: number; readonly body: unknown }>

/** Calls of the API by the account of the token, by another way than the driver. */
export function asking(url: string, token: string): Ask {
  return async (method, path, { body, authorization, also = [] } = {}) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: authorization ?? `token ${token}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok && !also.includes(answer.status)) {
      throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`)
    }
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    return { status: answer.status, body: isJson && text !== '' ? JSON.parse(text) : null }
  }
}

const userAnswer = z.object({ login: z.string(), is_admin: z.boolean() })
const versionAnswer = z.object({ version: z.string() })
const tokenAnswer = z.object({ sha1: z.string() })

/** Names that the contract suite uses. */
const others = ['alice', 'bob']

/** By the environment; null where it names none. Makes the other people where it may. */
export async function findRealServer(): Promise<RealServer | null> {
  const [address, token, repository] = ['URL', 'TOKEN', 'REPOSITORY'].map(
    (name) => process.env[`PATCHFERRY_FORGEJO_${name}`],
  )
  if (!address || !token) {
    return null
  }
  const url = address.replace(/\/+$/, '')
  const ask = asking(url, token)
  const { login, is_admin } = userAnswer.parse((await ask('GET', '/user')).body)
  const { version } = versionAnswer.parse((await ask('GET', '/version')).body)
  const people = is_admin ? await makePeople(token, ask) : null
  return { url, login, token, version, people, repository: repository || null }
}

/** Null where an account of one of the names belongs to somebody. */
async function makePeople(secret: string, ask: Ask): Promise<ReadonlyMap<string, string> | null> {
  const tokens = new Map<string, string>()
  for (const username of others) {
    // The same in every run, so that an account that a run left behind is known again.
    const digest = createHash('sha256').update(`${secret} ${username}`).digest('hex')
    const password = `${digest.slice(0, 24)}Aa1!`
    const email = `${username}@patchferry.example.org`
    const account = { username, email, password, must_change_password: false }
    await ask('POST', '/admin/users', { body: account, also: [422] })
    const basic = Buffer.from(`${username}:${password}`).toString('base64')
    const body = {
      name: `contract-${randomBytes(6).toString('hex')}`,
      scopes: ['write:repository', 'write:issue', 'read:user'],
    }
    const path = `/users/${username}/tokens`
    const asked = { body, authorization: `Basic ${basic}`, also: [401, 403, 404] }
    const answer = await ask('POST', path, asked)
    if (answer.status !== 201) {
      return null
    }
    tokens.set(username, tokenAnswer.parse(answer.body).sha1)
  }
  return tokens
}

/** Takes the people away again. */
export async function leaveRealServer({ url, token, people }: RealServer): Promise<void> {
  for (const username of people?.keys() ?? []) {
    await asking(url, token)('DELETE', `/admin/users/${username}?purge=true`, { also: [404] })
  }
}

const runnersAnswer = z.array(
  z.object({ status: z.string(), labels: z.array(z.string()).nullish() }),
)

/** A label of a runner that is there, or what `PATCHFERRY_FORGEJO_RUNNER` says; null where nothing runs jobs. */
export async function findRunner({ url, token, repository }: RealServer): Promise<string | null> {
  const told = process.env['PATCHFERRY_FORGEJO_RUNNER']
  if (told) {
    return told
  }
  // Gitea has no `visible`, and an object around the list: there the variable has to say it.
  const places = ['/admin', '/user', ...(repository === null ? [] : [`/repos/${repository}`])]
  for (const place of places) {
    const path = `${place}/actions/runners?visible=true`
    const { body } = await asking(url, token)('GET', path, { also: [400, 401, 403, 404, 422] })
    const runners = runnersAnswer.safeParse(body).data ?? []
    const ready = runners.filter(({ status }) => status !== 'offline')
    const [label] = ready.flatMap(({ labels }) => labels ?? [])
    if (label !== undefined) {
      return label.split(':')[0] ?? label
    }
  }
  return null
}
