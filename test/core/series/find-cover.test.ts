import { describe, expect, it } from 'vitest'
import { seriesOf } from '../../support/describe-series.ts'
import { type MailSketch, mail } from '../../support/make-message.ts'

const pull = { url: 'https://example.org/r.git', ref: 'tags/x', sha: null }

describe('a cover that does not number itself', () => {
  it.each<[string, readonly MailSketch[]]>([
    ['says PATCH', [mail('c', '[PATCH] all', null, { patch: false })]],
    ['states the same version', [mail('c', '[PATCH v2] all', null, { patch: false })]],
    ['has a diffstat', [mail('c', 'all', 'x', { hasDiffstat: true })]],
    ['asks to pull', [mail('c', '[GIT PULL] all', 'x', { patch: false, pull })]],
    ['begins the thread', [mail('c', 'all')]],
  ])('%s', (_what, cover) => {
    expect(
      seriesOf(...cover, mail('a', '[PATCH v2 1/2] x', 'c'), mail('b', '[PATCH v2 2/2] y', 'a')),
    ).toEqual(['v2 of 2: c 1=a 2=b'])
  })

  it.each<[string, readonly MailSketch[]]>([
    ['it is by somebody else', [mail('c', 'all', null, { by: 'bob' })]],
    ['it states another version', [mail('c', '[PATCH v1] all', null, { patch: false })]],
    ['it is a reply', [mail('c', 'Re: all', 'x')]],
    ['it holds a diff itself', [mail('c', '[PATCH v2] all')]],
    ['it was sent days before', [mail('c', 'all', null, { minute: -3000 })]],
    ['it answers a mail and says nothing of patches', [mail('c', 'all', 'x')]],
  ])('is none where %s', (_what, cover) => {
    const found = seriesOf(
      ...cover,
      mail('a', '[PATCH v2 1/2] x', 'c'),
      mail('b', '[PATCH v2 2/2] y', 'a'),
    )
    expect(found).toContain('v2 of 2: 1=a 2=b')
  })

  it('is none where the patches answer different mails', () => {
    expect(
      seriesOf(
        mail('c', 'all'),
        mail('d', 'all of it', 'c'),
        mail('a', '[PATCH 1/2] x', 'c'),
        mail('b', '[PATCH 2/2] y', 'd'),
      ),
    ).toEqual(['v1 of 2: 1=a 2=b'])
  })

  it('is that of the lowest version where several answer it', () => {
    expect(
      seriesOf(
        mail('c', 'all'),
        mail('a', '[PATCH] x', 'c', { minute: 1 }),
        mail('b', '[PATCH v2] x', 'c', { minute: 2 }),
      ),
    ).toEqual(['v1 of 1: c 1=a', 'v2 of 1: 1=b'])
  })

  it("is nobody's where several of one version answer it", () => {
    expect(
      seriesOf(
        mail('c', 'all'),
        mail('a', '[PATCH] x', 'c', { minute: 1 }),
        mail('b', '[PATCH] y', 'c', { minute: 2 }),
      ),
    ).toEqual(['v1 of 1: 1=a', 'v1 of 1: 1=b'])
  })

  it('is not a pull request that a lone patch answers', () => {
    expect(
      seriesOf(
        mail('c', '[GIT PULL] all', null, { patch: false, pull }),
        mail('a', '[PATCH] x', 'c'),
      ),
    ).toEqual(['v1 of 1: 1=a'])
  })
})

describe('a numbered cover that does not say the version', () => {
  const patches = [
    mail('a', '[PATCH v2 1/2] x', 'c', { minute: 1 }),
    mail('b', '[PATCH v2 2/2] y', 'c', { minute: 1 }),
  ]

  it('is that of the patches which were sent with it', () => {
    expect(seriesOf(mail('c', '[PATCH 0/2] all'), ...patches)).toEqual(['v2 of 2: c 1=a 2=b'])
  })

  it.each<[string, readonly MailSketch[]]>([
    ['has patches of its own', [mail('c', '[PATCH 0/2] all'), mail('d', '[PATCH 1/2] x', 'c')]],
    ['was sent long before', [mail('c', '[PATCH 0/2] all', null, { minute: -600 })]],
    ['is by somebody else', [mail('c', '[PATCH 0/2] all', null, { by: 'bob' })]],
    ['says another version', [mail('c', '[PATCH v1 0/2] all')]],
  ])('is not where it %s', (_what, cover) => {
    expect(seriesOf(...cover, ...patches)).toContain('v2 of 2: 1=a 2=b')
  })
})
