import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { topicSlug } from '../../../src/core/topic/topic-slug.ts'

describe('the slug of a topic', () => {
  it.each([
    ['net: Fix leak in foo_bar()', 'net-fix-leak-in-foo-bar'],
    ['Übergrößenträger', 'ubergro-entrager'],
    ['***', 'series'],
    ['修复', 'series'],
    ['a'.repeat(50), 'a'.repeat(40)],
    ['blockdev: avoid acquiring AioContext lock twice', 'blockdev-avoid-acquiring-aiocontext-lock'],
    ['x.lock', 'x-lock'],
  ])('of %j is %s', (name, slug) => {
    expect(topicSlug(name)).toBe(slug)
  })

  it('needs no escaping, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (name) => {
        expect(topicSlug(name)).toMatch(/^(?=.{1,40}$)[a-z0-9]+(?:-[a-z0-9]+)*$/)
      }),
    )
  })
})
