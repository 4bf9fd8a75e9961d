import { describe, expect, it } from 'vitest'
import { splitWords } from '../../src/util/split-words.ts'

describe('splitWords', () => {
  it.each([
    ['', []],
    ['  make \t check ', ['make', 'check']],
    [`sh -c "make check" 'a "b"'`, ['sh', '-c', 'make check', 'a "b"']],
    [`--name='a b'c ""`, ['--name=a bc', '']],
    ['a\\ b', ['a\\', 'b']],
    ['"unbalanced', null],
    [`make it's`, null],
  ])('parts %j', (text, words) => {
    expect(splitWords(text)).toEqual(words)
  })
})
