import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import type { FakeGithub } from './fake-github/open-fake-github.ts'

export const webhookSecret = 'what the deliveries are signed with'

interface Tree {
  web?: unknown
  forges?: unknown
  projects: [{ tests?: unknown; mirror: unknown; placement?: unknown; checks?: unknown }]
}

/** Rewrites the configuration of a world so that its one project is on this GitHub, as an App, and has no tests of its own. */
export async function useGithub(world: DemoWorld, github: FakeGithub): Promise<void> {
  const tree = parse(await readFile(world.config, 'utf8')) as Tree
  const secrets = { 'app.pem': github.app.privateKey, webhook: webhookSecret }
  for (const [name, text] of Object.entries(secrets)) {
    await writeFile(path.join(world.directory, name), text)
  }
  tree.forges = [
    {
      name: 'github',
      kind: 'github',
      url: github.url,
      app: {
        id: Number(github.app.appId),
        installation: github.app.installationId,
        keyFile: './app.pem',
      },
      webhook: { secretFile: './webhook' },
    },
  ]
  const [project] = tree.projects
  const { mirror, heads } = github
  project.mirror = {
    forge: 'github',
    url: `${github.url}/${mirror.owner}/${mirror.name}.git`,
    placement: 'fork',
    fork: `${github.url}/${heads.owner}/${heads.name}.git`,
  }
  project.checks = { quiet: '1s' }
  delete project.tests
  await writeFile(world.config, stringify(tree))
}

/** Rewrites the two listeners of a world. */
export async function useWeb(world: DemoWorld, web: unknown): Promise<void> {
  const tree = parse(await readFile(world.config, 'utf8')) as Tree
  tree.web = web
  await writeFile(world.config, stringify(tree))
}
