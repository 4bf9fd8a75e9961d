import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ArchiveThreadData,
  type AsideArchive,
  openAsideArchive,
} from '../../../src/app/import/archive-aside.ts'
import { openArchive } from '../../../src/app/open-records.ts'
import type { ArchivedDelivery } from '../../../src/core/delivery.ts'
import type { Archive } from '../../../src/mail/archive.ts'
import { readAll } from '../../contract/archive-contract.ts'
import { memoryLogger } from '../../support/memory-log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const never = new AbortController().signal
const entry = new URL('../../../src/app/import/archive-worker.ts', import.meta.url)
/** Node 20 loads no hooks from `execArgv` into a thread. */
const fromSource = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(entry.href)}, ${JSON.stringify(import.meta.url)}))`

function startFromSource(workerData: ArchiveThreadData): Worker {
  return new Worker(fromSource, { eval: true, workerData })
}

function delivery(name: string): ArchivedDelivery {
  return {
    raw: Buffer.from(`From: a@example.org\nSubject: ${name}\n\nText.\n`),
    source: 'import',
    location: name,
    arrivedAt: new Date('2026-05-01T12:00:00Z'),
    isSilent: true,
  }
}

let directory: string
let archive: Archive
let aside: AsideArchive | null = null
beforeEach(async () => {
  directory = path.join(temporaryFolder(), 'archive')
  archive = await openArchive(directory, memoryLogger())
})
afterEach(async () => {
  await aside?.close()
  await archive.close()
})

async function archived(): Promise<readonly unknown[]> {
  const entries = await readAll(archive)
  return entries.map(({ delivery: { raw, ...facts } }) => ({
    ...facts,
    raw: Buffer.from(raw).toString(),
  }))
}

function expected(...names: readonly string[]): readonly unknown[] {
  return names.map(delivery).map(({ raw, ...facts }) => ({ ...facts, raw: raw.toString() }))
}

describe('openAsideArchive', () => {
  it('appends in a thread of its own, in order, with the answers of the archive', async () => {
    aside = openAsideArchive(directory, unused, memoryLogger(), startFromSource)

    const first = aside.append([delivery('one'), delivery('two')], never)
    const second = await aside.append([delivery('three')], never)

    expect((await first).before).toBeNull()
    expect((await first).entries.map(({ blob }) => blob)).toEqual(
      [delivery('one'), delivery('two')].map(({ raw }) => archive.blobOf(raw)),
    )
    expect(second.before).toBe((await first).entries.at(-1)?.position)
    expect(await archived()).toEqual(expected('one', 'two', 'three'))
  })

  it('takes the name of a mail from whoever knows it, and gives back entries as the archive does', async () => {
    aside = openAsideArchive(directory, unused, memoryLogger(), startFromSource)
    const mails = [delivery('one'), delivery('two')]
    const named = mails.map((mail) => ({ ...mail, blob: archive.blobOf(mail.raw) }))

    const { entries } = await aside.append(named, never)

    expect(entries).toEqual((await readAll(archive)).map(({ entry: each }) => each))
    expect(await archived()).toEqual(expected('one', 'two'))
  })

  it('throws what the archive threw', async () => {
    aside = openAsideArchive(directory, unused, memoryLogger(), () => {
      const fault = { code: 'GIT_DISK_FULL', retry: 'later', remedy: null, details: { a: 1 } }
      const answers = [{ kind: 'ready' }, { kind: 'fault', fault, message: 'no space left' }]
      const script = `const { parentPort } = require('node:worker_threads')
        parentPort.postMessage(${JSON.stringify(answers[0])})
        parentPort.on('message', ({ kind }) => {
          if (kind === 'append') parentPort.postMessage(${JSON.stringify(answers[1])})
          else parentPort.close()
        })`
      return new Worker(script, { eval: true })
    })

    await expect(aside.append([delivery('one')], never)).rejects.toMatchObject({
      code: 'GIT_DISK_FULL',
      retry: 'later',
      message: 'no space left',
      details: { a: 1 },
    })
  })

  it.each([
    ['cannot be started', () => new Worker(new URL('no-such-file.ts', import.meta.url))],
    ['throws', () => new Worker('throw new Error("it breaks")', { eval: true })],
    ['ends at once', () => new Worker('', { eval: true })],
  ])('appends here when the thread %s', async (_case, start) => {
    aside = openAsideArchive(directory, archive, memoryLogger(), start)

    await aside.append([delivery('one')], never)
    await aside.append([delivery('two')], never)

    expect(await archived()).toEqual(expected('one', 'two'))
  })

  it('fails what a thread that dies had not answered, and does not append it a second time', async () => {
    aside = openAsideArchive(directory, archive, memoryLogger(), () => {
      const script = `const { parentPort } = require('node:worker_threads')
        parentPort.postMessage({ kind: 'ready' })
        parentPort.on('message', () => process.exit(3))`
      return new Worker(script, { eval: true })
    })

    await expect(aside.append([delivery('one')], never)).rejects.toThrow('the thread that archives')
    expect(await archived()).toEqual([])
  })
})

const unused: Pick<Archive, 'append'> = {
  append: () => Promise.reject(new Error('not here')),
}
