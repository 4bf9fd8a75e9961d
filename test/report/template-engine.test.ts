import { describe, expect, it } from 'vitest'
import { templateEngine } from '../../src/report/template-engine.ts'

describe('templateEngine', () => {
  it('leaves no line behind where a line holds only a tag', () => {
    const fill = templateEngine({
      a: 'one\n{% if yes %}\n  two\n{% else %}\nnever\n{% endif %}\n  {% for x in list %}\n- {{ x }}\n{% endfor %}\nend\n',
    })

    expect(fill('a', { yes: true, list: ['p', 'q'] })).toBe('one\n  two\n- p\n- q\nend')
  })

  it('puts included parts in their place, with the variables around them', () => {
    const fill = templateEngine({
      a: 'one\n{% include "b" %}\ntwo {% include "b", who: "Bob" %}.\n',
      b: 'I am {{ who }}\n',
    })

    expect(fill('a', { who: 'Ada' })).toBe('one\nI am Ada\ntwo I am Bob.')
  })

  it('escapes nothing and fills in nothing twice', () => {
    const fill = templateEngine({ a: '{{ x }}' })

    expect(fill('a', { x: '<&"> {{ x }} {% include "a" %}' })).toBe(
      '<&"> {{ x }} {% include "a" %}',
    )
  })

  it('takes an empty string and null for false', () => {
    const fill = templateEngine({ a: '{% if x %}yes{% else %}no{% endif %}' })

    expect(['', null, 'a'].map((x) => fill('a', { x }))).toEqual(['no', 'no', 'yes'])
  })

  it.each([
    ['an unclosed tag', '\n{% if x %}', /mail template a: .*line:2/],
    ['an unknown tag', 'a\n\nb {% frob %}', /mail template a: .*frob.*line:3/],
  ])('refuses %s at once, and says where', (_name, text, message) => {
    expect(() => templateEngine({ a: text })).toThrow(
      expect.objectContaining({
        code: 'REPORT_TEMPLATE_INVALID',
        message: expect.stringMatching(message),
        details: { template: 'a' },
      }),
    )
  })

  it.each([
    ['an unknown variable', 'a\n{{ frob }}', /frob.*line:2/],
    ['an unknown property', '{{ x.frob }}', /frob/],
    ['an unknown filter', '{{ x | frob }}', /frob/],
    ['a part that does not exist', '{% include "frob" %}', /frob/],
    ['a file', '{% include "/etc/hostname" %}', /hostname/],
    ['what an object inherits', '{{ x.constructor }}', /constructor/],
  ])('refuses %s', (_name, text, message) => {
    expect(() => templateEngine({ a: text })('a', { x: {} })).toThrow(
      expect.objectContaining({
        code: 'REPORT_TEMPLATE_INVALID',
        message: expect.stringMatching(message),
      }),
    )
  })

  it('says which template is missing', () => {
    expect(() => templateEngine({})('held', {})).toThrow(
      expect.objectContaining({ code: 'REPORT_TEMPLATE_MISSING', details: { template: 'held' } }),
    )
  })
})
