import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut, foreign, foreignPlain, visible } from '../../src/web/view/foreign.ts'
import { html, toDocument } from '../../src/web/view/html.ts'
import { outsideLink } from '../../src/web/view/piece.ts'
import { withoutAnsi } from '../../src/web/view/terminal-text.ts'
import { ago, duration } from '../../src/web/view/time.ts'

describe('a template', () => {
  it('escapes text for markup and for quoted attributes', () => {
    const evil = `<b a="x" b='y'>&amp;`
    expect(toDocument(html`<i title="${evil}">${evil}</i>`)).toBe(
      '<i title="&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;">&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;</i>',
    )
  })

  it('takes markup, numbers, lists and nothing', () => {
    const items = ['a', '<'].map((item) => html`<li>${item}</li>`)
    expect(toDocument(html`${items}${1}${null}${false}`)).toBe('<li>a</li><li>&lt;</li>1')
  })

  it('puts the replacement character where HTML has no place for one', () => {
    expect(toDocument(html`${'a\u0000b\u001B\uD800c\ttab\n'}`)).toBe('a\uFFFDb\uFFFD\uFFFDc\ttab\n')
  })

  it('never lets text open a tag or leave an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = toDocument(html`${text}`)
        expect(written).not.toMatch(/[<>"']/)
        expect(written.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toContain('&')
        expect(Buffer.from(written).toString()).toBe(written)
      }),
    )
  })
})

describe('text from elsewhere', () => {
  it.each([
    ['a direction override', '\u202E', 'U+202E'],
    ['an isolate', '\u2066', 'U+2066'],
    ['a zero-width space', '\u200B', 'U+200B'],
    ['a carriage return', '\r', 'U+000D'],
    ['an escape', '\u001B', 'U+001B'],
    ['a soft hyphen', '\u00AD', 'U+00AD'],
    ['a tag character', '\u{E0041}', 'U+E0041'],
  ])('shows %s as its code point', (_what, character, name) => {
    expect(toDocument(visible(`a${character}b`))).toBe(`a<span class="odd">${name}</span>b`)
  })

  it.each([
    ['right-to-left letters', 'שלום'],
    ['joiners of scripts and emoji', 'می\u200Cخواهم 👩\u200D🚀'],
    ['tabs and newlines', '\ta\n'],
  ])('leaves %s alone', (_what, text) => {
    expect(toDocument(visible(text))).toBe(text)
  })

  it('is kept to one line and to itself', () => {
    expect(toDocument(foreign('a\n\n  <b>'))).toBe('<bdi>a &lt;b&gt;</bdi>')
    expect(foreignPlain('a\u202E\nb')).toBe('a b')
  })

  it('is cut between characters, never through one', () => {
    expect(cut('abc', 3)).toBe('abc')
    expect(cut('abcd', 3)).toBe('abc…')
    expect(cut('ab😀d', 3)).toBe('ab…')
    expect(cut('a😀cd', 3)).toBe('a😀…')
  })

  it('becomes a link only as an http address', () => {
    expect(toDocument(outsideLink('https://ci.example.org/1', 'log'))).toContain('href="https:')
    expect(toDocument(outsideLink('javascript:alert(1)', 'log'))).not.toContain('href')
  })
})

describe('a log', () => {
  it.each([
    ['colours', '\u001B[1;31mred\u001B[0m', 'red'],
    ['titles', '\u001B]0;title\u0007text', 'text'],
    ['redrawn lines', '10%\r50%\r100%\ndone', '100%\ndone'],
    ['DOS line ends', 'a\r\nb\r\n', 'a\nb\n'],
    ['plain text', 'a [1m b', 'a [1m b'],
  ])('is shown without %s', (_what, log, text) => {
    expect(withoutAnsi(log)).toBe(text)
  })
})

describe('a time', () => {
  it.each([
    [0, 'under a minute'],
    [60_000, '1 minute'],
    [7_199_000, '1 hour'],
    [49 * 3_600_000, '2 days'],
    [800 * 24 * 3_600_000, '2 years'],
  ])('of %i ms reads %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it('says how long ago, and the moment itself', () => {
    const at = new Date('2024-05-01T09:00:00Z')
    expect(toDocument(ago(at, new Date('2024-05-01T12:00:00Z')))).toBe(
      '<time datetime="2024-05-01T09:00:00.000Z" title="2024-05-01 09:00 UTC">3 hours ago</time>',
    )
    expect(toDocument(ago(at, at))).toContain('just now')
  })
})
