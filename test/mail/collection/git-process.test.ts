import path from 'node:path'
import { expect, it } from 'vitest'
import { openBlobReader } from '../../../src/mail/collection/git-process.ts'
import { inboxRepository } from '../../support/inbox-repository.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { signal } = new AbortController()

it('closes a reader whose git has said more than was read', async () => {
  const inbox = inboxRepository(path.join(temporaryFolder(), 'inbox.git'))
  inbox.commit([{ m: 'x'.repeat(300_000) }])
  const blob = inbox.git('rev-parse', 'master:m')
  const reader = openBlobReader(inbox.gitDir, 1000, signal)
  reader.ask(Array.from({ length: 20 }, () => blob))

  expect((await reader.next())?.length).toBe(1000)
  await expect(reader.close()).resolves.toBeUndefined()
})
