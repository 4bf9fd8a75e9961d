import type { ForgeConfig } from './config.ts'
import type { KeyPath } from './entries.ts'
import type { Settings } from './schema/schema.ts'
import type { ReadSecrets } from './secrets.ts'

type ForgeSettings = Settings['forges'][number]

const github = 'https://github.com'

function apiOf({ kind, api }: ForgeSettings, url: string): string {
  if (api !== undefined) {
    return api
  }
  if (kind !== 'github') {
    return `${url}/api/v1`
  }
  return url === github ? 'https://api.github.com' : `${url}/api/v3`
}

function toAccess(
  { app }: ForgeSettings,
  keyPath: KeyPath,
  secrets: ReadSecrets,
): ForgeConfig['access'] | null {
  if (app === undefined) {
    const token = secrets.secretAt(keyPath, 'token')
    return token === null ? null : { kind: 'token', token }
  }
  const privateKey = secrets.secretAt([...keyPath, 'app'], 'key')
  return privateKey === null
    ? null
    : { kind: 'app', appId: app.id, installationId: app.installation ?? null, privateKey }
}

/** The accounts on forges, by settings without findings. */
export function toForges(
  forges: readonly ForgeSettings[],
  secrets: ReadSecrets,
): readonly ForgeConfig[] {
  return forges.flatMap((settings, index) => {
    const keyPath = ['forges', index]
    const access = toAccess(settings, keyPath, secrets)
    const url = settings.url ?? github
    return access === null
      ? []
      : [
          {
            name: settings.name,
            kind: settings.kind,
            url,
            apiUrl: apiOf(settings, url),
            access,
            webhookSecret: secrets.secretAt([...keyPath, 'webhook'], 'secret'),
            smeeUrl: settings.webhook?.smee ?? null,
            pollMs: settings.poll,
          },
        ]
  })
}
