import { randomUUID } from 'node:crypto'
import type { ApiAnswer, ApiCall } from '../fake-forge/api-server.ts'
import type { Permissions } from './app.ts'
import type { World } from './world.ts'

/** docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters */
export interface AppManifest {
  readonly name: string
  readonly url: string
  readonly redirect_url: string
  readonly hook_attributes?: { readonly url: string; readonly active?: boolean }
  readonly default_permissions: Permissions
  readonly default_events: readonly string[]
  readonly public?: boolean
}

/**
 * The page that a person is sent to with a manifest in a form, once they have clicked on it: it leads back with a code.
 * Null for another path.
 */
export function answerManifest(
  world: World,
  { method, path, query, written }: ApiCall,
): ApiAnswer | null {
  if (!/^(?:\/organizations\/[^/]+)?\/settings\/apps\/new$/.test(path)) {
    return null
  }
  const sent = new URLSearchParams(written).get('manifest')
  if (method !== 'POST' || sent === null) {
    return { status: 400, raw: { type: 'text/plain', bytes: 'no manifest' } }
  }
  const manifest = JSON.parse(sent) as AppManifest
  const wrong = wrongWith(manifest)
  if (wrong !== null) {
    return { status: 422, raw: { type: 'text/plain', bytes: wrong } }
  }
  const code = randomUUID().replaceAll('-', '')
  world.manifests.set(code, manifest)
  const back = new URL(manifest.redirect_url)
  back.searchParams.set('code', code)
  const state = query.get('state')
  if (state !== null) {
    back.searchParams.set('state', state)
  }
  return { status: 302, headers: { location: back.href } }
}

function wrongWith(manifest: AppManifest): string | null {
  for (const name of ['name', 'url', 'redirect_url'] as const) {
    if (typeof manifest[name] !== 'string' || manifest[name] === '') {
      return `${name} is missing`
    }
  }
  // "The GitHub App name is limited to 34 characters."
  return manifest.name.length > 34 ? 'Name is too long (maximum is 34 characters)' : null
}
