import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  plainLine,
  plainLines,
  plainSentence,
  plainUrl,
  shellWord,
} from '../../src/report/plain-text.ts'
import { cpuNow } from '../support/cpu-now.ts'

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('\u001b', '[', ']', '3', 'm', '\r', '\n', '\u0007', 'x', '\u202e'),
  }),
)
const unsafe = /[\p{Cc}\p{Surrogate}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u

describe('plainLine', () => {
  it.each([
    ['two\r\nlines\tand  more ', 'two lines and more'],
    ['\u001b[1;31mred\u001b[0m \u009b4mx', 'red x'],
    ['\u001b]0;title\u0007\u001b]8;;http://x\u001b\\link', 'link'],
    ['\u001b(Bcharset', 'charset'],
    ['\u202egnp.exe\u202c', 'gnp.exe'],
    ['a\u2028b\u2029c\u0085d', 'a b c d'],
    ['z\u200be\u2060ro', 'zero'],
    ['می‌خواهم', 'می‌خواهم'],
    ['e\u0301\u0301\u0301\u0301\u0301\u0301', 'é\u0301\u0301\u0301'.normalize('NFD')],
    ['half \ud83d of one', 'half \ufffd of one'],
    ['', ''],
  ])('makes %j safe', (text, safe) => {
    expect(plainLine(text)).toBe(safe)
  })

  it('cuts what is too long, between characters', () => {
    expect(plainLine('x'.repeat(300), 10)).toBe('xxxxxxx...')
    expect(plainLine('😀'.repeat(300), 10)).toBe(`${'😀'.repeat(7)}...`)
    expect(plainLine('0123456789', 10)).toBe('0123456789')
  })

  it('is fast on long hostile text', () => {
    const begun = cpuNow()
    plainLine('\u001b]'.repeat(1_000_000))
    plainLine(`\u001b[${'1;'.repeat(1_000_000)}`)

    expect(cpuNow() - begun).toBeLessThan(1000)
  })

  it('holds nothing unsafe, whatever it was given', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const line = plainLine(text, 80)

        expect(line).not.toMatch(unsafe)
        expect(line).toBe(line.trim())
        expect(Array.from(line).length).toBeLessThanOrEqual(80)
      }),
    )
  })
})

describe('plainSentence', () => {
  it.each([
    ['it changes ci.yml, which CI reads', 'It changes ci.yml, which CI reads.'],
    [
      'The series states no base-commit by its full name.',
      'The series states no base-commit by its full name.',
    ],
    ['a@b.example came twice', 'a@b.example came twice.'],
    ['src/x.c is new', 'src/x.c is new.'],
    ['why?\n', 'Why?'],
    ['', ''],
  ])('makes a sentence of %j', (text, sentence) => {
    expect(plainSentence(text)).toBe(sentence)
  })
})

describe('plainLines', () => {
  it('shows what a terminal would have shown', () => {
    expect(
      plainLines('\n\n\u001b[32mok\u001b[0m  \r\na\tb\n 10%\r 50%\r100%\n\n\nx\u0000\u0008y\n\n'),
    ).toEqual(['ok', 'a       b', '100%', '', '', 'xy'])
  })

  it('has no lines where there is nothing to show', () => {
    expect(plainLines(' \n\u001b[0m\r\n')).toEqual([])
  })

  it('holds nothing unsafe, whatever it was given', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(
          plainLines(text, 80).filter((line) => unsafe.test(line) || line.length > 400),
        ).toEqual([])
      }),
    )
  })
})

describe('plainUrl', () => {
  it.each([
    ['https://ci.example.org/runs/1?a=b#c', true],
    ['http://[::1]:80/', true],
    ['javascript:alert(1)', false],
    ['https://x.example/ y', false],
    ['https://x.example/\r\nBcc: y', false],
    ['https://\u202emoc.elgoog', false],
    [null, false],
  ])('of %j', (url, isPrinted) => {
    expect(plainUrl(url)).toBe(isPrinted ? url : null)
  })
})

describe('shellWord', () => {
  it.each([
    ['https://git.example.org/frob.git', 'https://git.example.org/frob.git'],
    ['refs/series/0123456789ab/v5.1-1', 'refs/series/0123456789ab/v5.1-1'],
    ['/srv/my mirror', "'/srv/my mirror'"],
    ["it's; rm -rf ~", "'it'\\''s; rm -rf ~'"],
    ['', "''"],
  ])('quotes %j where it has to', (word, quoted) => {
    expect(shellWord(word)).toBe(quoted)
  })
})
