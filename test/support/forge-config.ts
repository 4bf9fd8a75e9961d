import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import type { FakeGitea } from './fake-gitea/fake-gitea.ts'
import type { FakeGithub } from './fake-github/open-fake-github.ts'

export const webhookSecret = 'what the deliveries are signed with'

interface Tree {
  web?: unknown
  forges?: unknown
  projects: [{ tests?: unknown; mirror: unknown; placement?: unknown; checks?: unknown }]
}

type Rewrite = (tree: Tree, project: Tree['projects'][0]) => void

/** Its one project has no tests of its own, and a moment is quiet enough. */
async function rewrite(
  world: DemoWorld,
  secrets: Readonly<Record<string, string>>,
  change: Rewrite,
): Promise<void> {
  const tree = parse(await readFile(world.config, 'utf8')) as Tree
  for (const [name, text] of Object.entries(secrets)) {
    await writeFile(path.join(world.directory, name), text)
  }
  const [project] = tree.projects
  change(tree, project)
  project.checks = { quiet: '1s' }
  delete project.tests
  await writeFile(world.config, stringify(tree))
}

/** Rewrites the configuration of a world so that its one project is on this GitHub, as an App, and has no tests of its own. */
export async function useGithub(world: DemoWorld, github: FakeGithub): Promise<void> {
  const { mirror, heads, app, url } = github
  const secrets = { 'app.pem': app.privateKey, webhook: webhookSecret }
  await rewrite(world, secrets, (tree, project) => {
    tree.forges = [
      {
        name: 'github',
        kind: 'github',
        url,
        app: { id: Number(app.appId), installation: app.installationId, keyFile: './app.pem' },
        webhook: { secretFile: './webhook' },
      },
    ]
    project.mirror = {
      forge: 'github',
      url: `${url}/${mirror.owner}/${mirror.name}.git`,
      placement: 'fork',
      fork: `${url}/${heads.owner}/${heads.name}.git`,
    }
  })
}

/** A place on a fake Forgejo or Gitea, as `placeOnGitea` makes it. */
export const giteaPlace = { mirror: 'people/project', fork: 'patchferry/project' } as const

/** Makes the repositories of `giteaPlace`, empty; gives the token of an account that may write to both. */
export async function placeOnGitea(fake: FakeGitea): Promise<string> {
  const { accounts } = fake.world
  for (const login of ['people', 'patchferry']) {
    accounts.add(login)
  }
  await fake.addRepository(giteaPlace.mirror)
  await fake.addFork(giteaPlace.mirror, giteaPlace.fork)
  accounts.allow(giteaPlace.mirror, 'patchferry', 'admin')
  return accounts.token('patchferry')
}

/** As `useGithub`, on this Forgejo, by the token of `placeOnGitea`. */
export async function useForgejo(
  world: DemoWorld,
  { url }: FakeGitea,
  token: string,
  placement: 'agit' | 'fork',
): Promise<void> {
  await rewrite(world, { token, webhook: webhookSecret }, (tree, project) => {
    tree.forges = [
      {
        name: 'forgejo',
        kind: 'forgejo',
        url,
        tokenFile: './token',
        webhook: { secretFile: './webhook' },
      },
    ]
    project.mirror = {
      forge: 'forgejo',
      url: `${url}/${giteaPlace.mirror}.git`,
      placement,
      fork: `${url}/${giteaPlace.fork}.git`,
    }
  })
}

/** Rewrites the two listeners of a world. */
export async function useWeb(world: DemoWorld, web: unknown): Promise<void> {
  const tree = parse(await readFile(world.config, 'utf8')) as Tree
  tree.web = web
  await writeFile(world.config, stringify(tree))
}
