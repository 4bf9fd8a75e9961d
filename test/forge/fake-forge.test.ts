import { describe, expect, it } from 'vitest'
import type { Forge } from '../../src/forge/forge.ts'
import {
  describeForgeContract,
  type ForgeUnderTest,
  forgeCases,
} from '../contract/forge-contract.ts'
import { fakeForgeCapabilities, makeFakeForge } from '../support/fake-forge.ts'

async function openFake(): Promise<ForgeUnderTest> {
  return { ...makeFakeForge(), close: async () => {} }
}

describeForgeContract('the fake forge', fakeForgeCapabilities, openFake)

/** What a driver may get wrong: a change of the fake, and the case that must notice. */
const mistakes: readonly [name: string, noticedBy: string, break_: (forge: Forge) => Forge][] = [
  [
    'opens a pull request every time',
    'opens a pull request once, then finds it by its head',
    (forge) => ({
      ...forge,
      ensurePullRequest: async (spec, signal) => {
        const result = await forge.ensurePullRequest(spec, signal)
        await forge.closePullRequest(result.value.number, signal)
        return result
      },
    }),
  ],
  [
    'never edits the body',
    'edits a pull request whose body changed, once',
    (forge) => ({
      ...forge,
      ensurePullRequest: async (spec, signal) =>
        forge.ensurePullRequest({ ...spec, body: '' }, signal),
    }),
  ],
  [
    'forgets the labels',
    'edits a pull request whose labels changed, once',
    (forge) => ({
      ...forge,
      ensurePullRequest: async (spec, signal) =>
        forge.ensurePullRequest({ ...spec, labels: [] }, signal),
    }),
  ],
  [
    'reopens what a person closed',
    'opens a new pull request after the old one was closed',
    (forge) => ({ ...forge, closePullRequest: async () => {} }),
  ],
  [
    'finds comments by the beginning of the key',
    'keeps comments apart whose keys begin alike, or that are on two pull requests',
    (forge) => ({
      ...forge,
      ensureComment: async (number, key, body, signal) =>
        forge.ensureComment(number, key.slice(0, 10), body, signal),
    }),
  ],
  [
    'believes any marker',
    'does not believe a marker that a text brings along',
    (forge) => ({
      ...forge,
      ensureComment: async (number, key, body, signal) =>
        forge.ensureComment(number, /key=(\S+)/.exec(body)?.[1] ?? key, body, signal),
    }),
  ],
  [
    'comments on one pull request only',
    'keeps comments apart whose keys begin alike, or that are on two pull requests',
    (forge) => ({
      ...forge,
      ensureComment: async (_, key, body, signal) => forge.ensureComment(1, key, body, signal),
    }),
  ],
  [
    'opens drafts as ready',
    'opens a draft, and makes it ready',
    (forge) => ({
      ...forge,
      ensurePullRequest: async (spec, signal) =>
        forge.ensurePullRequest({ ...spec, draft: false }, signal),
    }),
  ],
  [
    'is deaf to the signal',
    'does nothing when the signal has aborted',
    (forge) => ({
      ...forge,
      ensurePullRequest: async (spec) =>
        forge.ensurePullRequest(spec, new AbortController().signal),
    }),
  ],
  [
    'gives no checks',
    'gives the last word of a context',
    (forge) => ({ ...forge, listChecks: async () => [] }),
  ],
]

describe('the forge contract', () => {
  it.each(mistakes)('notices a forge that %s', async (_, noticedBy, spoil) => {
    const fake = await openFake()
    const forgeCase = forgeCases.find(({ name }) => name === noticedBy)

    await expect(forgeCase?.run({ ...fake, forge: spoil(fake.forge) })).rejects.toMatchObject({
      name: 'AssertionError',
    })
    await expect(forgeCase?.run(await openFake())).resolves.toBeUndefined()
  })
})
