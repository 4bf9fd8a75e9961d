import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/util/make-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe('makeFolder', () => {
  it('makes what is missing above it too, with the mode, and takes what is there', async () => {
    const folder = path.join(temporaryFolder(), 'a/b/c')
    await makeFolder(folder, 0o700)
    await makeFolder(folder, 0o755)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(path.dirname(folder)).mode & 0o777).toBe(0o700)
  })

  it('takes a link to a folder for one', async () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'disk'))
    symlinkSync(path.join(folder, 'disk'), path.join(folder, 'link'))
    await makeFolder(path.join(folder, 'link/new'))
    expect(existsSync(path.join(folder, 'disk/new'))).toBe(true)
  })

  it('names what is in the way', async () => {
    const file = path.join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST', path: file })
    const below = path.join(file, 'a')
    await expect(makeFolder(below)).rejects.toMatchObject({ code: 'ENOTDIR', path: below })
  })

  it.each(['', 'state', 'a/b'])(
    'says where a link leads that leads to nothing (%j)',
    async (in_) => {
      const link = path.join(temporaryFolder(), 'usb')
      symlinkSync('/not/mounted/usb', link)
      await expect(makeFolder(path.join(link, in_))).rejects.toMatchObject({
        code: 'ENOENT',
        path: `${link} -> /not/mounted/usb`,
      })
    },
  )

  it.skipIf(process.platform !== 'linux')('ends where a folder takes no folders', async () => {
    await expect(makeFolder('/proc/nix/a')).rejects.toMatchObject({
      code: 'ENOENT',
      path: '/proc/nix',
    })
  })
})
