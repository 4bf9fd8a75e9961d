import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkClock } from '../../../src/app/doctor/clock.ts'
import { examine } from '../../../src/app/doctor/finding.ts'
import { checkFolder, checkOwner, checkSecretFile } from '../../../src/app/doctor/folders.ts'
import { checkNode } from '../../../src/app/doctor/machine.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { signal } = new AbortController()

describe('Node', () => {
  it.each([
    ['v20.18.1', 'ok'],
    ['v20.19.0', 'ok'],
    ['v22.0.0', 'ok'],
    ['v24.1.0', 'ok'],
    ['v20.18.0', 'wrong'],
    ['v18.20.4', 'wrong'],
    ['v21.7.3', 'wrong'],
  ])('%s is %s', (version, level) => {
    expect(checkNode(version)).toMatchObject({ level })
  })
})

describe('the clock', () => {
  async function serverAt(date: string | null): Promise<string> {
    const server = createServer((_request, response) => {
      response.sendDate = false
      response.writeHead(401, date === null ? {} : { Date: date }).end('no')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it.each([
    ['2026-01-01T00:00:01Z', 'ok', /^as that of 127/],
    ['2026-01-01T00:00:20Z', 'ok', /^20 s ahead of/],
    ['2025-12-31T23:59:20Z', 'warning', /^40 s behind/],
    ['2026-01-01T01:00:00Z', 'wrong', /^3600 s ahead of/],
  ])('at %s is %s where a server says midnight', async (ours, level, message) => {
    const silent = await serverAt(null)
    const url = await serverAt('Thu, 01 Jan 2026 00:00:00 GMT')
    const found = await checkClock([silent, url], () => new Date(ours), signal)
    expect(found).toMatchObject({ level, message: expect.stringMatching(message) })
  })

  it('is not checked where no server answers, and where none is asked', async () => {
    const silent = await serverAt(null)
    expect(await checkClock([silent], () => new Date(), signal)).toMatchObject({
      level: 'unchecked',
      message: expect.stringContaining('none of 127.0.0.1'),
    })
    expect(await checkClock([], () => new Date(), signal)).toMatchObject({ level: 'unchecked' })
  })
})

describe('what the operating system says', () => {
  it.each([
    ['EACCES', /^\/srv\/x: this user cannot get at it \(EACCES\)$/, /sudo -u/],
    ['ENOENT', /^\/srv\/x: it is not there \(ENOENT\)$/, /^Create it/],
    ['ENOSPC', /disk is full/, /^Make room/],
  ])('%s is told in words, with what to do', async (code, message, remedy) => {
    const error = Object.assign(new Error('as node says it'), { code, path: '/srv/x' })
    const found = await examine('folder', () => Promise.reject(error))
    expect(found).toEqual({
      check: 'folder',
      level: 'wrong',
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    })
  })
})

describe('folders and files', () => {
  it('may be absent where they can be made, and are not made by looking', async () => {
    const folder = path.join(temporaryFolder(), 'not', 'there')
    expect(await checkFolder('state folder', folder)).toMatchObject({
      level: expect.stringMatching(/^(?:ok|warning)$/),
      message: expect.stringContaining('not there yet, and can be made'),
    })
    expect(existsSync(path.dirname(folder))).toBe(false)
    writeFileSync(path.dirname(folder), 'in the way')
    expect(await checkFolder('state folder', folder)).toMatchObject({ level: 'wrong' })
  })

  it('are not said to be possible behind a link that leads to nothing', async () => {
    const link = path.join(temporaryFolder(), 'disk')
    symlinkSync('/not/mounted/usb', link)
    expect(await checkFolder('state folder', path.join(link, 'state'))).toMatchObject({
      level: 'wrong',
      message: `${link}/state: ${link} leads to /not/mounted/usb, which is not there`,
    })
  })

  it('are well when they are ours alone, and not when others may write or read', async () => {
    const folder = path.join(temporaryFolder(), 'state')
    mkdirSync(folder)
    const file = path.join(folder, 'secret')
    writeFileSync(file, 'x')
    chmodSync(folder, 0o700)
    chmodSync(file, 0o600)
    expect(await checkOwner('owner', folder)).toMatchObject({ level: 'ok' })
    expect(await checkSecretFile('secret', file)).toMatchObject({ level: 'ok' })
    chmodSync(folder, 0o777)
    chmodSync(file, 0o644)
    expect(await checkOwner('owner', folder)).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('chmod go-w'),
    })
    expect(await checkSecretFile('secret', file)).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('chmod 600'),
    })
  })
})
