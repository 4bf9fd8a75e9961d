import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { changeConfig, demoWorlds, mailOf } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds()

it('has an empty file in quarantine, once, and leaves it', async () => {
  const world = await worlds.fresh()
  const folder = path.join(world.directory, 'dropped')
  await changeConfig(world, 'maildir: ./inbox', 'folder: ./dropped')
  await mkdir(folder)
  await writeFile(path.join(folder, 'empty.eml'), '')
  await utimes(path.join(folder, 'empty.eml'), 1, 1)
  for (const round of [1, 2]) {
    const ended = await runHere(['sync', '--config', world.config])
    expect(ended, `round ${round}`).toMatchObject({ exitCode: 0 })
  }

  const { stdout } = await runHere(['status', '--config', world.config])
  expect(stdout.match(/^quarantined: .*MAIL_EMPTY/gm)).toHaveLength(1)
  expect(await readdir(folder)).toEqual(['empty.eml'])

  const listed = await runHere(['quarantine', '--json', '--config', world.config])
  const [mail] = jsonLines(listed.stdout)
  expect(mail).toMatchObject({ code: 'MAIL_EMPTY', object: expect.any(String), seenBy: null })
  const id = String(mail?.['id']).slice(0, 12)
  const act = ['quarantine', 'seen', id, '--reason', 'an empty test', '--config', world.config]
  const seen = await runHere(act)
  expect(seen).toMatchObject({ exitCode: 0 })
  const all = await runHere(['quarantine', '--all', '--config', world.config])
  expect(all.stdout).toMatch(/ \(seen by .+: an empty test\)$/m)
  const after = await runHere(['status', '--config', world.config])
  expect(after.stdout).not.toMatch(/^quarantined: |quarantine:/m)
}, 40_000)

it('takes a series from files that were put into a folder, once', async () => {
  const world = await worlds.fresh()
  const folder = path.join(world.directory, 'dropped')
  await changeConfig(world, 'maildir: ./inbox', 'folder: ./dropped')
  await mkdir(folder)
  const series = ['nordic-1@contributor.example', 'nordic-2@contributor.example']
  for (const [index, id] of series.entries()) {
    const file = path.join(folder, `${index}.eml.gz`)
    await writeFile(file, gzipSync(mailOf(world, id)))
    await utimes(file, index, index)
  }
  for (const round of [1, 2]) {
    const ended = await runHere(['sync', '--config', world.config])
    expect(ended, `round ${round}`).toMatchObject({ exitCode: 0 })
  }

  expect(await readOutgoing(world.outgoing)).toMatchObject([{ inReplyTo: series[0] }])
  expect(await readdir(folder)).toEqual(['done'])
  expect((await readdir(path.join(folder, 'done'))).toSorted()).toEqual(['0.eml.gz', '1.eml.gz'])
}, 40_000)
