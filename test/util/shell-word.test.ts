import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { shellWord } from '../../src/util/shell-word.ts'

it.each(['/var/lib/a-b_1.git', '/a b/c', "it's", '$HOME `id` "x"', ''])(
  '%j is one word for a shell',
  (text) => {
    const printed = execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })
    expect(printed).toBe(text)
  },
)

it('is as it was where it needs no quotes', () => {
  expect(shellWord('/var/lib/archive/0.git')).toBe('/var/lib/archive/0.git')
})
