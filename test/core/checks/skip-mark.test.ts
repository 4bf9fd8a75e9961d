import { describe, expect, it } from 'vitest'
import { skipMarkOf } from '../../../src/core/checks/skip-mark.ts'

describe('skipMarkOf', () => {
  it.each<[string, string | null]>([
    ['pump: mend it [skip ci]\n', '[skip ci]'],
    ['pump: mend it\n\nNot now. [actions skip]\n', '[actions skip]'],
    ['[ci skip] pump\n', '[ci skip]'],
    ['pump\n\n[no ci]\n', '[no ci]'],
    ['pump\n\n[skip actions]\n\nSigned-off-by: A <a@x>\n', '[skip actions]'],
    ['pump\n\nWhy.\n\n\nskip-checks: true\n', 'skip-checks: true'],
    ['pump\n\nSigned-off-by: A <a@x>\nskip-checks:true\n', 'skip-checks: true'],
    ['pump\n\nskip-checks: true\n\nIs what it says.\n', null],
    ['skip-checks: true\n', null],
    ['pump\n\nskip-checks: false\n', null],
    ['pump: skip ci\n', null],
    ['', null],
  ])('of %j', (message, mark) => {
    expect(skipMarkOf(message)).toBe(mark)
  })
})
