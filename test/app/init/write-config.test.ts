import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { onPath, toFileSystemError } from '../../../src/app/file-system-error.ts'
import { lookAtPlace } from '../../../src/app/init/place.ts'
import { writeWhole } from '../../../src/app/init/write-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

describe('writeWhole', () => {
  it('keeps each file that it replaces, and never replaces a copy', async () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'patchferry.yml')
    writeFileSync(file, 'edited by hand')
    const first = await writeWhole(file, 'one', true)
    const second = await writeWhole(file, 'two', true)
    expect([first, second]).toEqual([`${file}.old`, `${file}.old.2`])
    expect(readFileSync(`${file}.old`, 'utf8')).toBe('edited by hand')
    expect(readFileSync(`${file}.old.2`, 'utf8')).toBe('one')
    await expect(writeWhole(file, 'three', false)).rejects.toMatchObject({
      code: 'CLI_FILE_EXISTS',
    })
    expect(readFileSync(file, 'utf8')).toBe('two')
    expect(readdirSync(folder)).toHaveLength(3)
  })
})

describe('onPath', () => {
  it.skipIf(process.platform !== 'linux')('says that a disk is full, and which', async () => {
    const end = onPath('/srv/patchferry.yml.1.new', () => writeFile('/dev/full', 'text'))
    await expect(end).rejects.toMatchObject({
      code: 'CLI_DISK_FULL',
      retry: 'later',
      message: '/srv/patchferry.yml.1.new: the disk is full (ENOSPC)',
    })
  })
})

describe('toFileSystemError', () => {
  it('tells a disk that can only be read from a place that this user may not write', () => {
    const [readOnly, denied] = ['EROFS', 'EACCES'].map((code) =>
      toFileSystemError(Object.assign(new Error(code), { code, path: '/srv/x' })),
    )
    expect(readOnly).toMatchObject({
      code: 'CLI_PATH_NOT_WRITABLE',
      message: '/srv/x: its disk can only be read (EROFS)',
    })
    expect(denied).toMatchObject({
      code: 'CLI_PATH_NOT_WRITABLE',
      message: '/srv/x: it cannot be written (EACCES)',
    })
  })
})

describe('lookAtPlace', () => {
  it('tells a folder that is there, one that can be made, and what is in the way', async () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'file')
    writeFileSync(file, '')
    expect(await lookAtPlace(folder)).toEqual({ outcome: 'there' })
    expect(await lookAtPlace(path.join(folder, 'a/b'))).toEqual({ outcome: 'to-be-made' })
    const message = `${file} is no folder`
    expect(await lookAtPlace(file)).toEqual({ outcome: 'impossible', message })
    expect(await lookAtPlace(path.join(file, 'new'))).toEqual({ outcome: 'impossible', message })
    const link = path.join(folder, 'link')
    symlinkSync('/not/mounted/usb', link)
    expect(await lookAtPlace(path.join(link, 'state'))).toEqual({
      outcome: 'impossible',
      message: `${link} leads to /not/mounted/usb, which is not there`,
    })
  })

  it.skipIf(process.getuid?.() === 0)('sees that it may not write', async () => {
    const locked = path.join(temporaryFolder(), 'locked')
    mkdirSync(locked)
    chmodSync(locked, 0o500)
    const message = `this user may not write to ${locked}`
    expect(await lookAtPlace(path.join(locked, 'x'))).toEqual({ outcome: 'impossible', message })
  })
})
