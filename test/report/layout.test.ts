import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns, layOut } from '../../src/report/layout.ts'

const words = 'The quick brown fox jumps over the lazy dog and runs into the wide dark woods.'

describe('layOut', () => {
  it('joins prose and wraps it at 72 columns', () => {
    expect(layOut(`${words}\n${words}\n`)).toBe(
      [
        'The quick brown fox jumps over the lazy dog and runs into the wide dark',
        'woods. The quick brown fox jumps over the lazy dog and runs into the',
        'wide dark woods.',
      ].join('\n'),
    )
  })

  it('indents what follows the first line of an item', () => {
    expect(layOut(`Two:\n- ${words}\n- short\n`)).toBe(
      [
        'Two:',
        '- The quick brown fox jumps over the lazy dog and runs into the wide',
        '  dark woods.',
        '- short',
      ].join('\n'),
    )
  })

  it('leaves commands, quotes and log lines as they are', () => {
    const literal = `    git fetch ${'x'.repeat(80)} ${words}\n  | a  b\n| ${words}\n> ${words} ${words}`

    expect(layOut(`See:\n${literal}\nEnd.`)).toBe(`See:\n${literal}\nEnd.`)
  })

  it('does not break a word, however long', () => {
    const url = `https://ci.example.org/${'x'.repeat(90)}`

    expect(layOut(`Look at ${url} now.`)).toBe(`Look at\n${url}\nnow.`)
  })

  it('leaves one blank line where there are several, and none around', () => {
    expect(layOut('\n\n\na\n \n\n\nb\n\n')).toBe('a\n\nb')
  })

  it('counts wide characters twice and combining ones not at all', () => {
    expect(columns('数e\u0301😀')).toBe(5)
    expect(columns(layOut('数 '.repeat(40)).split('\n')[0] ?? '')).toBe(71)
  })

  it.each([
    'Reviewed-by: Ada <ada@example.org>',
    'Fixes: 0123456789ab ("frob")',
    'tested: ada@example.org',
    'diff --git a/x b/x',
    '--- a/x',
    '+++ b/x',
    '@@ -1 +1 @@',
    '-- Patchferry report 1, for programs',
    '# kind: success',
  ])('quotes %j, which programs would misread', (line) => {
    expect(layOut(`A line.\n\n${line}\n`)).toBe(`A line.\n\n| ${line}`)
  })

  it('leaves prose with a colon alone', () => {
    expect(layOut('Fixed since v1: unit.\nDone: yes')).toBe('Fixed since v1: unit. Done: yes')
  })

  it('never makes a line that programs misread, wherever it breaks', () => {
    const part = fc.constantFrom(
      'Reviewed-by:',
      'Ada <ada@example.org>',
      '--',
      'Patchferry report',
      '#',
      'kind: success',
      'diff --git',
      '@@ -1',
      'x'.repeat(30),
      'a',
    )
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 30 }), (parts) => {
        const lines = layOut(`Begin ${parts.join(' ')}`).split('\n')

        expect(lines.filter((line) => /^(?:Reviewed-by:|-- |# |diff |@@ )/.test(line))).toEqual([])
      }),
    )
  })

  it('begins no line as a mail in an mbox begins, wherever the prose breaks', () => {
    for (let length = 1; length <= 72; length += 1) {
      const text = layOut(
        `${'x'.repeat(length)} and so on and on From now on it is so for ever and ever.`,
      )

      expect(text).not.toMatch(/^>?From /m)
      expect(text.replaceAll('\n', ' ')).toContain('on From now on')
      expect(text.split('\n').every((line) => line.length <= 72)).toBe(true)
    }
    expect(layOut('From now on')).toBe('| From now on')
  })
})
