import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { listAddress, listId } from '../../src/app/demo/mails.ts'
import { deliver } from '../../src/app/demo/set-up.ts'
import { readRefs } from '../../src/app/demo/verify.ts'
import { arrive, changeConfig, demoWorlds, mailOf, sync } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const first = 'cheerful-v1-1@contributor.example'
const second = 'cheerful-v2-1@contributor.example'
const conflicting = 'polite-1@contributor.example'
const address = 'hello@new.example.net'
const id = 'hello.new.example.net'

const worlds = demoWorlds()

function headersOf(text: string): string {
  return text.split(/\r?\n\r?\n/)[0] ?? ''
}

it('a list that moves keeps its topics, its old mails and ours, and hears of them at its new address alone', async () => {
  const world = await worlds.fresh()
  await arrive(world, first)
  // One report waits while the list moves.
  await changeConfig(
    world,
    'conflict: author-and-list',
    'conflict: author-and-list\n      dryRun: true',
  )
  await arrive(world, conflicting)
  await sync(world)
  await changeConfig(world, '\n      dryRun: true', '')
  expect((await readRefs(world.mirror)).size).toBeGreaterThan(1)

  await changeConfig(
    world,
    `address: ${listAddress}`,
    `address: ${address}\n    formerAddresses: ['${listAddress}']\n    formerListIds: ['${listId}']`,
  )
  await changeConfig(world, `listId: ${listId}`, `listId: ${id}`)
  const config = ['--config', world.config]
  const all = await runHere(['outbox', '--json', ...config])
  const keys = jsonLines(all.stdout).map(({ key }) => String(key))
  expect(keys).toHaveLength(2)
  expect(await runHere(['outbox', 'release', ...keys, ...config])).toMatchObject({ exitCode: 0 })

  // By no source, and to the old address: as answers in old threads come.
  const stdin = mailOf(world, second)
  expect(await runHere(['import', '-', ...config], { stdin })).toMatchObject({ exitCode: 0 })
  const sent = await sync(world)
  expect(sent.map(({ inReplyTo }) => inReplyTo).sort()).toEqual([first, second, conflicting].sort())
  for (const { file } of sent) {
    const headers = headersOf(await readFile(file, 'utf8'))
    expect(headers).toContain(address)
    expect(headers).not.toContain(`<${listAddress}>`)
    expect(headers.split(address)).toHaveLength(2)
  }
  const status = await runHere(['status', '--json', ...config])
  const { topics } = JSON.parse(status.stdout) as { topics: readonly { version: string }[] }
  expect(topics.map(({ version }) => version).sort()).toEqual(['1', '2'])

  // Our own report comes back by the new list.
  const own = sent.find(({ inReplyTo }) => inReplyTo === second)
  await deliver(world.inbox, '1700000002.own.test', await readFile(own?.file ?? '', 'utf8'))
  expect(await sync(world)).toHaveLength(3)
  const shown = await runHere(['outbox', '--all', '--json', ...config])
  expect(jsonLines(shown.stdout).find(({ inReplyTo }) => inReplyTo === second)).toMatchObject({
    state: 'seen',
  })
}, 180_000)
