import { randomUUID } from 'node:crypto'
import { type ApiAnswer, type ApiCall, ApiRefusal } from '../fake-forge/api-server.ts'
import type { Installation, Level, Permissions } from './app.ts'
import { accountOf, type Caller } from './callers.ts'
import { found, ok, paged } from './routes.ts'
import { appShape, repositoryShape, type Shape, userShape } from './shapes.ts'
import type { World } from './world.ts'

export interface GlobalCall extends ApiCall {
  readonly world: World
  readonly caller: Caller
}

type GlobalHandler = (call: GlobalCall) => ApiAnswer

/** Of what belongs to no repository: the App, its installations and deliveries, and who asks. */
export const appRoutes: readonly (readonly [string, string, GlobalHandler])[] = [
  ['GET', '/app', (call) => ok(appAnswer(asApp(call)))],
  ['GET', '/app/installations', listInstallations],
  [
    'GET',
    '/app/installations/{installation_id}',
    (call) => ok(installationShape(asApp(call).world, installationOf(call))),
  ],
  ['POST', '/app/installations/{installation_id}/access_tokens', createToken],
  ['GET', '/repos/{owner}/{repo}/installation', findInstallation],
  ['GET', '/installation/repositories', listRepositories],
  ['GET', '/app/hook/config', hookConfig],
  ['PATCH', '/app/hook/config', changeHookConfig],
  ['GET', '/app/hook/deliveries', listDeliveries],
  ['POST', '/app/hook/deliveries/{delivery_id}/attempts', redeliver],
  ['POST', '/app-manifests/{code}/conversions', convertManifest],
  ['GET', '/user', (call) => ok(userShape(call.world, accountOf(call.caller)))],
  ['GET', '/users/{username}', getUser],
  ['GET', '/meta', () => ok({ verifiable_password_authentication: true })],
]

function asApp(call: GlobalCall): GlobalCall {
  if (call.caller.kind !== 'app') {
    throw new ApiRefusal(401, 'A JSON web token could not be decoded')
  }
  return call
}

function appAnswer({ world }: GlobalCall): Shape {
  const { installations, clientId } = world.app
  return {
    ...appShape(world.app),
    client_id: clientId,
    owner: userShape(world, world.accounts.add(installations[0]?.account ?? 'owner')),
    html_url: `${world.url}/apps/${world.app.slug}`,
    permissions: installations[0]?.permissions ?? {},
    events: [],
    installations_count: installations.length,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  }
}

function installationShape(world: World, installation: Installation): Shape {
  return {
    id: installation.id,
    app_id: world.app.id,
    app_slug: world.app.slug,
    account: userShape(world, world.accounts.add(installation.account)),
    target_type: 'Organization',
    permissions: installation.permissions,
    events: [],
    repository_selection: 'selected',
    suspended_at: null,
    suspended_by: null,
    html_url: `${world.url}/settings/installations/${installation.id}`,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  }
}

function installationOf({ world, params }: GlobalCall): Installation {
  const id = Number(params['installation_id'])
  return found(world.app.installations.find((one) => one.id === id))
}

function listInstallations(call: GlobalCall): ApiAnswer {
  const { world } = asApp(call)
  const { items, headers } = paged(call, world.app.installations)
  return { ...ok(items.map((one) => installationShape(world, one))), headers }
}

function findInstallation(call: GlobalCall): ApiAnswer {
  const { world, params } = asApp(call)
  const { fullName } = world.repository(`${params['owner']}/${params['repo']}`)
  const installation = world.app.installations.find((one) => one.repositories.includes(fullName))
  return ok(installationShape(world, found(installation)))
}

/** Good for an hour; for fewer permissions and repositories where fewer are asked for, never for more. */
function createToken(call: GlobalCall): ApiAnswer {
  const { world } = asApp(call)
  const installation = installationOf(call)
  const given = (call.body ?? {}) as {
    readonly permissions?: Permissions
    readonly repositories?: readonly string[]
  }
  const permissions = given.permissions ?? installation.permissions
  const isGranted = Object.entries(permissions).every(([name, level]) =>
    isEnough(installation.permissions[name], level),
  )
  const repositories =
    given.repositories?.map((name) => `${installation.account}/${name}`) ??
    installation.repositories
  if (!isGranted) {
    throw new ApiRefusal(422, 'The permissions requested are not granted to this installation.')
  }
  if (!repositories.every((name) => installation.repositories.includes(name))) {
    throw new ApiRefusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    )
  }
  const token = `ghs_${randomUUID().replaceAll('-', '')}`
  const expiresAt = Date.now() + 3_600_000
  world.app.tokens.push({ token, installation, permissions, repositories, expiresAt })
  return ok(
    {
      token,
      expires_at: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
      permissions,
      repository_selection: 'selected',
    },
    201,
  )
}

function isEnough(granted: Level | undefined, wanted: Level): boolean {
  return granted === 'write' || granted === wanted
}

function listRepositories(call: GlobalCall): ApiAnswer {
  const { world, caller } = call
  if (caller.kind !== 'installation') {
    throw new ApiRefusal(403, 'You must authenticate with an installation access token.')
  }
  const { items, headers } = paged(call, caller.repositories)
  return {
    ...ok({
      total_count: caller.repositories.length,
      repositories: items.map((name) => repositoryShape(world, world.repository(name))),
    }),
    headers,
  }
}

function hookConfig(call: GlobalCall): ApiAnswer {
  const { world } = asApp(call)
  const { target } = world.hooks
  return ok({
    content_type: 'json',
    insecure_ssl: '0',
    ...(target === null ? {} : { url: target.url, secret: '********' }),
  })
}

function changeHookConfig(call: GlobalCall): ApiAnswer {
  const { world } = asApp(call)
  const given = call.body as { readonly url?: string; readonly secret?: string }
  const { target } = world.hooks
  world.hooks.target = {
    url: given.url ?? target?.url ?? '',
    secret: given.secret ?? target?.secret ?? world.app.webhookSecret,
  }
  return hookConfig(call)
}

/** Newest first; what a delivery is asked for by is a number, its `guid` is what its header said. */
function listDeliveries(call: GlobalCall): ApiAnswer {
  const { world } = asApp(call)
  const { deliveries, answers } = world.hooks
  const items = deliveries.map((delivery, index) => {
    const code = answers.get(delivery.id) ?? 0
    const { repository, installation } = delivery.payload as {
      readonly repository?: { readonly id: number }
      readonly installation?: { readonly id: number }
    }
    return {
      id: index + 1,
      guid: delivery.id,
      delivered_at: delivery.happenedAt.toISOString(),
      redelivery: false,
      duration: 0.1,
      status: code >= 200 && code < 300 ? 'OK' : 'failed to connect to host',
      status_code: code,
      event: delivery.event,
      action: delivery.action,
      installation_id: installation?.id ?? null,
      repository_id: repository?.id ?? null,
    }
  })
  const size = Number(call.query.get('per_page') ?? 30)
  return ok(items.toReversed().slice(0, size))
}

function redeliver(call: GlobalCall): ApiAnswer {
  const { world, params } = asApp(call)
  const delivery = found(world.hooks.deliveries[Number(params['delivery_id']) - 1])
  void world.hooks.redeliver(delivery.id)
  return ok({}, 202)
}

/** "You must complete this step within one hour", and once: docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest. */
function convertManifest({ world, params }: GlobalCall): ApiAnswer {
  const code = params['code'] ?? ''
  const manifest = found(world.manifests.get(code))
  world.manifests.delete(code)
  const { app } = world
  return ok(
    {
      ...appShape({ ...app, name: manifest.name }),
      owner: userShape(world, world.accounts.add('owner')),
      client_id: app.clientId,
      client_secret: 'client secret of the app',
      webhook_secret: app.webhookSecret,
      pem: app.privateKey,
      html_url: `${world.url}/apps/${app.slug}`,
      external_url: manifest.url,
      permissions: manifest.default_permissions,
      events: manifest.default_events,
      created_at: '2020-01-01T00:00:00Z',
      updated_at: '2020-01-01T00:00:00Z',
    },
    201,
  )
}

function getUser({ world, params }: GlobalCall): ApiAnswer {
  const account = world.accounts.find(params['username'] ?? '')
  return ok(userShape(world, found(account ?? undefined)))
}
