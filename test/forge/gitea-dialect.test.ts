import { describe, expect, it } from 'vitest'
import { dialectOf } from '../../src/forge/gitea/dialect.ts'
import { capabilitiesOf } from '../../src/forge/gitea/gitea-forge.ts'

describe('a version of Forgejo or Gitea', () => {
  it.each([
    ['11.0.3+gitea-1.22.0', 'forgejo', null, null, false, false],
    ['12.0.1+gitea-1.22.0', 'forgejo', 'forgejo', null, false, false],
    ['15.0.3+gitea-1.22.0', 'forgejo', 'forgejo', null, false, false],
    ['16.0.0+gitea-1.22.0', 'forgejo', 'forgejo', 'forgejo', true, false],
    ['17.0.0-dev-12-abcdef+gitea-1.22.0', 'forgejo', 'forgejo', 'forgejo', true, false],
    ['1.22.6', 'gitea', null, null, false, false],
    ['1.24.0', 'gitea', null, null, false, false],
    ['1.25.3', 'gitea', 'gitea', 'gitea', false, false],
    ['1.26.0+dev-4-g123', 'gitea', 'gitea', 'gitea', false, true],
  ] as const)('%s is known', (version, product, runs, jobs, namesAgitHeads, rerun) => {
    expect(dialectOf(version, false)).toMatchObject({
      product,
      version,
      runs,
      jobs,
      namesAgitHeads,
      rerun,
      isTooOld: false,
    })
  })

  it.each(['7.0.0+gitea-1.21.0', '1.21.0', 'development', ''])(
    'that is too old, or says nothing, can little: %s',
    (version) => {
      expect(dialectOf(version, false)).toMatchObject({ runs: null, jobs: null, isTooOld: true })
    },
  )

  it('is Forgejo where its own API is there, whatever the version looks like', () => {
    expect(dialectOf('16.0.0', true)).toMatchObject({ product: 'forgejo', jobs: 'forgejo' })
  })

  it('gives capabilities as data', () => {
    const [old, now] = ['11.0.0+gitea-1.22.0', '16.0.0+gitea-1.22.0'].map((version) =>
      capabilitiesOf(dialectOf(version, false)),
    )

    expect(old).toMatchObject({ pullRequests: true, jobLogs: false, rerun: false, agit: true })
    expect(now).toMatchObject({ jobLogs: true, rerun: false, reviewReplies: false })
  })
})
