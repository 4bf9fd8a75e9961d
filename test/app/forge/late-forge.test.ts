import { describe, expect, it } from 'vitest'
import { lateForge } from '../../../src/app/forge/late-forge.ts'
import { BotError } from '../../../src/core/bot-error.ts'
import { toSha } from '../../../src/core/ids.ts'
import type { Forge } from '../../../src/forge/forge.ts'
import { plainForge } from '../../../src/forge/plain/plain-forge.ts'

const { signal } = new AbortController()
const assumed = { ...plainForge('o/r', null).capabilities, pullRequests: true }

function down(): Promise<Forge> {
  return Promise.reject(new BotError('FORGE_UNREACHABLE', 'no answer', { retry: 'later' }))
}

describe('a forge that is opened late', () => {
  it('asks nobody before it is used, and opens once for all who use it at once', async () => {
    let opened = 0
    const forge = lateForge('o/r', assumed, async () => {
      opened += 1
      return plainForge('o/r', 'Basic x')
    })
    expect(opened).toBe(0)
    expect(forge.capabilities.pullRequests).toBe(true)
    const all = await Promise.all([1, 2].map(() => forge.gitAuthorization('heads', signal)))
    expect(all).toEqual(['Basic x', 'Basic x'])
    expect(opened).toBe(1)
    expect(forge.capabilities.pullRequests).toBe(false)
  })

  it('is tried again after a server was down, which doctor says', async () => {
    const opens = [down, down, async () => plainForge('o/r', null)]
    const forge = lateForge('o/r', assumed, () => (opens.shift() ?? down)())
    await expect(forge.getPullRequest(1, signal)).rejects.toMatchObject({
      code: 'FORGE_UNREACHABLE',
    })
    expect(await forge.examine(signal)).toMatchObject([{ level: 'failing', message: 'no answer' }])
    expect(await forge.examine(signal)).toEqual([])
  })

  it('hands on which results need not be asked for', async () => {
    const asked: unknown[] = []
    const forge = lateForge('o/r', assumed, async () => ({
      ...plainForge('o/r', null),
      async listChecks(_sha, _signal, unwanted) {
        asked.push(unwanted)
        return { checks: [], approvalUrl: null }
      },
    }))
    await forge.listChecks(toSha('1'.repeat(40)), signal, ['commit-status'])
    expect(asked).toEqual([['commit-status']])
  })
})
