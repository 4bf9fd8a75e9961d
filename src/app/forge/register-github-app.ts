import { randomBytes } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AppManifest, appManifest } from '../../config/app-manifest.ts'
import { BotError } from '../../core/bot-error.ts'
import { convertManifest, type RegisteredApp } from '../../forge/github/app-manifest.ts'
import { makeFolder } from '../../util/make-folder.ts'
import { listen } from '../../web/listen.ts'

/** Lies beside both src and dist. */
const manifestFile = fileURLToPath(new URL('../../../app.yml', import.meta.url))

export interface RegisterOptions {
  /** Of GitHub, as people open it, without a slash at its end. */
  readonly githubUrl: string
  readonly apiUrl: string
  /** The organization that owns the App; null for the account of whoever clicks. */
  readonly organization: string | null
  /** Name of the App, of which GitHub takes each once; null for ours. */
  readonly name: string | null
  /** Where GitHub reaches the public listener: `https://ci.example.org/webhooks/github`. */
  readonly webhookUrl: string
  /** On 127.0.0.1, for the browser; 0 takes a free one. */
  readonly port: number
  /** Absolute folder for the two secrets. */
  readonly folder: string
}

export interface Registered {
  readonly app: RegisteredApp
  readonly keyFile: string
  readonly secretFile: string
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function page(title: string, body: string): Response {
  const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>`
  const style =
    '<style>body{font:1rem/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>'
  return new Response(`${head}${style}<h1>${title}</h1>${body}</html>\n`, {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
  })
}

function form(
  { githubUrl, organization }: RegisterOptions,
  manifest: AppManifest,
  state: string,
): Response {
  const owner = organization === null ? '' : `organizations/${encodeURIComponent(organization)}/`
  const action = `${githubUrl}/${owner}settings/apps/new?state=${state}`
  const permissions = Object.entries(manifest.default_permissions)
    .map(([name, access]) => `<li>${escapeHtml(name)}: ${access}</li>`)
    .join('')
  return page(
    'Register the GitHub App of Patchferry',
    `<p>GitHub shows what it may do before it is made:</p><ul>${permissions}</ul>` +
      `<form method="post" action="${escapeHtml(action)}">` +
      `<input type="hidden" name="manifest" value="${escapeHtml(JSON.stringify(manifest))}">` +
      '<button>Go on to GitHub</button></form>',
  )
}

/** Never over a file that is there: it may be the key of an App in use. */
async function keepSecret(file: string, text: string): Promise<void> {
  await makeFolder(path.dirname(file), 0o700)
  await writeFile(file, `${text.trim()}\n`, { flag: 'wx', mode: 0o600 })
  await chmod(file, 0o600)
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  )
}

/**
 * Registers a GitHub App by GitHub's manifest flow: a page on this machine sends the browser to GitHub, and GitHub sends it
 * back with a code that is exchanged for the key and the webhook secret, which are written to `folder`. `onReady` is
 * given the address of the page. Throws CLI_FILE_EXISTS, what `convertManifest` throws, and what `signal` aborts with.
 */
export async function registerGithubApp(
  options: RegisterOptions,
  onReady: (url: string) => void,
  signal: AbortSignal,
): Promise<Registered> {
  const keyFile = path.join(options.folder, 'github-app.pem')
  const secretFile = path.join(options.folder, 'github-webhook-secret')
  for (const file of [keyFile, secretFile]) {
    if (await exists(file)) {
      throw new BotError('CLI_FILE_EXISTS', `${file} is there already`, { retry: 'never' })
    }
  }
  const text = await readFile(manifestFile, 'utf8')
  const state = randomBytes(24).toString('hex')
  const waiting: ((code: string) => void)[] = []
  const code = new Promise<string>((resolve, reject) => {
    waiting.push(resolve)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  code.catch(() => undefined)
  const place = { name: options.name, webhookUrl: options.webhookUrl }
  function answer(request: Request): Response {
    const { pathname, searchParams, origin } = new URL(request.url)
    if (pathname === '/') {
      return form(options, appManifest(text, { ...place, redirectUrl: `${origin}/done` }), state)
    }
    const given = searchParams.get('code')
    if (pathname !== '/done' || given === null || searchParams.get('state') !== state) {
      return new Response('not found\n', { status: 404 })
    }
    waiting.shift()?.(given)
    return page('The App is registered', '<p>The rest is said where Patchferry runs.</p>')
  }
  const server = await listen(() => ({ fetch: answer }), {
    name: 'page that registers the App',
    host: '127.0.0.1',
    port: options.port,
    requestTimeoutMs: 60_000,
  })
  try {
    signal.throwIfAborted()
    onReady(`${server.url}/`)
    const app = await convertManifest(options.apiUrl, await code, signal)
    await keepSecret(keyFile, app.privateKey)
    await keepSecret(secretFile, app.webhookSecret)
    return { app, keyFile, secretFile }
  } finally {
    await server.close(1_000)
  }
}
