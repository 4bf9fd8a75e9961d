import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import { maildirMailer } from '../../../src/mail/send/maildir-mailer.ts'
import { describeMailerContract } from '../../contract/mailer-contract.ts'
import { sampleMail } from './sample-mail.ts'

const { signal } = new AbortController()

async function filesIn(directory: string): Promise<readonly string[]> {
  const folders = await Promise.all(
    ['new', 'cur'].map(async (folder) =>
      (await readdir(path.join(directory, folder)).catch(() => [])).map(
        (name) => `${folder}/${name}`,
      ),
    ),
  )
  return folders.flat()
}

describeMailerContract('a Maildir', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'patchferry-maildir-'))
  const directory = path.join(parent, 'out')
  return {
    mailer: maildirMailer(directory),
    received: async () =>
      Promise.all((await filesIn(directory)).map((file) => readFile(path.join(directory, file)))),
    dispose: () => rm(parent, { recursive: true }),
  }
})

describe('maildirMailer', () => {
  let parent: string
  let directory: string

  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'patchferry-maildir-'))
    directory = path.join(parent, 'out')
  })

  afterEach(async () => {
    await rm(parent, { recursive: true })
  })

  it('makes the folders and writes LF line ends', async () => {
    await maildirMailer(directory).send(sampleMail, signal)

    expect((await readdir(directory)).sort()).toEqual(['cur', 'new', 'tmp'])
    expect(await readdir(path.join(directory, 'tmp'))).toEqual([])
    const [file = ''] = await filesIn(directory)
    expect(await readFile(path.join(directory, file), 'utf8')).not.toContain('\r')
  })

  it.each([':2,', ':2,S', ':2,FRS', ',S=1234,W=1260:2,S', ';2,S'])(
    'knows its mail after a reader moved it to cur as …%s',
    async (ending) => {
      const mailer = maildirMailer(directory)
      await mailer.send(sampleMail, signal)
      const [name = ''] = await readdir(path.join(directory, 'new'))
      await rename(
        path.join(directory, 'new', name),
        path.join(directory, 'cur', `${name}${ending}`),
      )

      expect(await mailer.wasAccepted(sampleMail.messageId, signal)).toBe(true)
      expect(await maildirMailer(directory).send(sampleMail, signal)).toMatchObject({
        outcome: 'accepted',
      })
      expect(await filesIn(directory)).toEqual([`cur/${name}${ending}`])
    },
  )

  it('delivers beside the mail of others', async () => {
    await mkdir(path.join(directory, 'new'), { recursive: true })
    await writeFile(path.join(directory, 'new', '1700000000.1.host'), 'Subject: x\n\n')

    await maildirMailer(directory).send(sampleMail, signal)

    expect(await filesIn(directory)).toHaveLength(2)
  })

  it('removes what killed processes left, and nothing else', async () => {
    const tmp = path.join(directory, 'tmp')
    const mailer = maildirMailer(directory)
    await mailer.send(sampleMail, signal)
    const [name = ''] = await readdir(path.join(directory, 'new'))
    await rm(path.join(directory, 'new', name))
    await writeFile(path.join(tmp, `${name}.0badc0ffee00`), 'half a m')
    await writeFile(path.join(tmp, 'patchferry-aaaa.0badc0ffee00'), 'an old one')
    await utimes(path.join(tmp, 'patchferry-aaaa.0badc0ffee00'), 0, 0)
    await writeFile(path.join(tmp, 'patchferry-bbbb.0badc0ffee00'), 'perhaps of another process')
    await writeFile(path.join(tmp, 'theirs'), 'old, but not ours')
    await utimes(path.join(tmp, 'theirs'), 0, 0)

    await mailer.send(sampleMail, signal)

    expect((await readdir(tmp)).sort()).toEqual(['patchferry-bbbb.0badc0ffee00', 'theirs'])
    expect(await filesIn(directory)).toEqual([`new/${name}`])
  })

  it('says that a mail was not accepted where there is no Maildir yet', async () => {
    const mailer = maildirMailer(path.join(parent, 'not', 'there'))

    expect(await mailer.wasAccepted(toMessageId('a@b'), signal)).toBe(false)
  })

  it('waits while the folder is missing, and then delivers', async () => {
    const mailer = maildirMailer(path.join(parent, 'not', 'there'))

    await expect(mailer.send(sampleMail, signal)).rejects.toMatchObject({
      code: 'MAIL_MAILDIR_MISSING',
      retry: 'later',
    })
    await mkdir(path.join(parent, 'not'))
    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'accepted' })
  })

  it('says so when its place is taken by a file', async () => {
    await writeFile(directory, '')

    await expect(maildirMailer(directory).send(sampleMail, signal)).rejects.toMatchObject({
      code: 'MAIL_MAILDIR_MISSING',
    })
  })
})
