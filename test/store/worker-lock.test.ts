import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockWorker } from '../../src/store/sqlite/worker-lock.ts'
import { runChild } from './run-child.ts'

describe('lockWorker', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'patchferry-lock-'))
    file = path.join(folder, 'store.sqlite')
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('refuses a second worker in the same process, until the first lets go', () => {
    const lock = lockWorker(file)
    expect(() => lockWorker(file)).toThrow(
      expect.objectContaining({
        code: 'STORE_WORKER_RUNNING',
        retry: 'later',
        details: { pid: process.pid },
      }),
    )
    lock.release()
    lock.release()
    lockWorker(file).release()
  })

  it('refuses a second worker in another process, and says whose it is', async () => {
    const lock = lockWorker(file)
    const other = runChild('lock', file)
    expect(await other.line()).toBe('STORE_WORKER_RUNNING')
    other.process.stdin.end()
    await other.ended
    lock.release()

    const holder = runChild('lock', file)
    expect(await holder.line()).toBe('locked')
    expect(() => lockWorker(file)).toThrow(`(process ${holder.process.pid})`)
    holder.process.stdin.end()
    expect(await holder.ended).toBe(0)
    lockWorker(file).release()
  })

  it('is free again when its holder is killed', async () => {
    const holder = runChild('lock', file)
    expect(await holder.line()).toBe('locked')
    holder.process.kill('SIGKILL')
    expect(await holder.ended).toBe('SIGKILL')
    lockWorker(file).release()
  })

  it('knows a store by all its names', () => {
    writeFileSync(file, '')
    const link = path.join(folder, 'link.sqlite')
    symlinkSync(file, link)
    const lock = lockWorker(file)
    expect(() => lockWorker(link)).toThrow(
      expect.objectContaining({ code: 'STORE_WORKER_RUNNING' }),
    )
    lock.release()
  })

  it('says so when there is no folder to lock in', () => {
    const missing = path.join(folder, 'missing', 'store.sqlite')
    expect(() => lockWorker(missing)).toThrow(
      expect.objectContaining({ code: 'STORE_CANNOT_OPEN' }),
    )
  })

  it('is one of many stores', () => {
    const other = lockWorker(path.join(folder, 'other.sqlite'))
    expect(() => lockWorker(file).release()).not.toThrow()
    other.release()
  })
})
