import { describe, expect, it } from 'vitest'
import type { Sha } from '../../../src/core/ids.ts'
import { findPlace, insertionPoint, isWellFormed } from '../../../src/git/engine/tree/entries.ts'

const sha = '61'.repeat(20) as Sha

function tree(...entries: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    entries.map(([mode, name]) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(sha, 'hex')]),
    ),
  )
}

describe('entries of a tree object', () => {
  const bytes = tree(['100644', 'a'], ['100644', 'a.b'], ['40000', 'a'], ['100755', 'aa'])

  it.each([
    ['a', '100644', 0],
    ['a.b', '100644', 29],
    ['aa', '100755', 88],
  ])('%s is found', (name, mode, start) => {
    expect(findPlace(bytes, name)).toMatchObject({ entry: { mode, sha }, start })
  })

  it('a name that others begin with, or that a sha looks like, is not found', () => {
    expect(findPlace(bytes, 'a.')).toBeNull()
    expect(findPlace(bytes, 'aaaa')).toBeNull()
    expect(findPlace(Buffer.alloc(0), 'a')).toBeNull()
  })

  it.each([
    ['x', false, 0],
    ['x-', true, 0],
    ['x.c', true, 31],
    ['x0', false, 59],
    ['xxx', false, 89],
    ['w', false, 0],
  ])('%s (folder: %s) goes to its place', (name, isFolder, at) => {
    const others = tree(['100644', 'x.b'], ['40000', 'x'], ['100755', 'xx'])
    expect(insertionPoint(others, name, isFolder)).toBe(at)
  })

  it.each([
    ['040000', 'a'],
    ['100664', 'a'],
    ['100600', 'a'],
    ['0', 'a'],
  ])('mode %s is none that git writes', (mode, name) => {
    expect(isWellFormed(bytes)).toBe(true)
    expect(isWellFormed(tree([mode, name]))).toBe(false)
  })

  it('other bytes are no tree', () => {
    expect(() => findPlace(Buffer.from('100644 a'), 'a')).toThrow(TypeError)
    expect(() => isWellFormed(Buffer.from('1006444444 a\0'))).toThrow(TypeError)
  })
})
