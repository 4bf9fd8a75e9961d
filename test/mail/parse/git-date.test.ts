import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseGitDate } from '../../../src/mail/parse/git-date.ts'
import { testGitEnvironment } from '../../support/test-repo.ts'

/** Seconds and zone as git reads an author's date; null when it refuses. */
function git(date: string): string | null {
  const env = { ...testGitEnvironment(), GIT_AUTHOR_DATE: date }
  const run = spawnSync('git', ['var', 'GIT_AUTHOR_IDENT'], { env })
  return run.status === 0 ? (/> (.*)\n$/.exec(run.stdout.toString())?.[1] ?? '') : null
}

function ours(text: string): string | null {
  const date = parseGitDate(text)
  if (date === null) {
    return null
  }
  const minutes = Math.abs(date.offsetMinutes)
  const zone = Math.floor(minutes / 60) * 100 + (minutes % 60)
  const sign = date.offsetMinutes < 0 ? '-' : '+'
  return `${date.at.getTime() / 1000} ${sign}${`${zone}`.padStart(4, '0')}`
}

describe('parseGitDate', () => {
  it('reads the usual form as any other that says the same', () => {
    const parts = fc.record({
      day: fc.integer({ min: 0, max: 31 }),
      month: fc.constantFrom('Jan', 'Feb', 'Mar', 'Jun', 'Sep', 'Dec'),
      year: fc.integer({ min: 1968, max: 2101 }),
      time: fc.tuple(fc.nat(25), fc.nat(61), fc.nat(61)),
      zone: fc.tuple(fc.constantFrom('+', '-'), fc.nat(20), fc.nat(61)),
      name: fc.constantFrom('', ' (UTC)', ' (PDT)', ' (MAY)'),
    })
    fc.assert(
      fc.property(parts, ({ day, month, year, time, zone: [sign, hours, minutes], name }) => {
        const [hour, minute, second] = time.map((part) => `${part}`.padStart(2, '0'))
        const zone = `${sign}${`${hours * 100 + minutes}`.padStart(4, '0')}${name}`
        const usual = `Mon, ${day} ${month} ${year} ${hour}:${minute}:${second} ${zone}`
        // Two blanks are not usual.
        expect(parseGitDate(usual)).toEqual(parseGitDate(usual.replace(' ', '  ')))
        expect(parseGitDate(usual.replace(',', ' '))).toEqual(parseGitDate(usual))
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['Sun, 11 Sep 2016 23:22:03 +0100', '2016-09-11T22:22:03Z'],
    ['Wed, 4 Jun 2014 17:50 GMT', '2014-06-04T17:50:00Z'],
    ['Fri,  4 Dec 2020 10:43:30 +0000 (UTC)', '2020-12-04T10:43:30Z'],
    ['Tue Jun 28 01:47:47 2016 +0200', '2016-06-27T23:47:47Z'],
    ['2016-06-28T01:47:47+02:00', '2016-06-27T23:47:47Z'],
    ['28 Jun 99 01:47:47 EST', '1999-06-28T06:47:47Z'],
    ['@1484800475 -0500', '2017-01-19T04:34:35Z'],
    ['1484800475', '2017-01-19T04:34:35Z'],
    ['Wed, 4 Jun 207777777777777777777714 17:50:46 0', null],
    ['Thu, 1 Jan 1970 00:00:00 +0100', null],
    ['Thu, 1 Jan 2222 00:00:00 +0000', null],
    ['yesterday', null],
    ['', null],
  ])('reads %j', (text, expected) => {
    expect(parseGitDate(text)?.at.toISOString().replace('.000', '') ?? null).toBe(expected)
  })

  const day = fc.integer({ min: 0, max: 32 })
  const part = fc.oneof(
    fc.constantFrom(
      'Mon,',
      'Tue',
      'sunday',
      'Su',
      'x',
      'at',
      'PM',
      'am',
      '(CET)',
      ',',
      '.',
      ' ',
      'Z',
      'T',
    ),
    fc.constantFrom('Jan', 'february', 'Mar.', 'Sept', 'Sep', 'Dec', 'Ma', 'MAY', 'juli'),
    fc.constantFrom('GMT', 'UTC', 'est', 'PDT', 'CEST', 'NT', 'idle', 'utcx'),
    fc.constantFrom(
      '+0100',
      '-0730',
      '+01:30',
      '-5',
      '+25',
      '+2400',
      '-0060',
      '+1',
      '0530',
      '+01:3',
    ),
    fc.constantFrom('2016', '1999', '70', '69', '05', '99', '1969', '2100', '38', '1400', '1401'),
    fc.constantFrom(
      '10:11:12',
      '1:2',
      '23:59:60',
      '24:00:00',
      '25:00',
      '10:60',
      '10:11:12.5',
      '9:',
    ),
    fc.constantFrom(
      '2016-02-03',
      '2016/3/4',
      '3.2.2001',
      '2001-13-02',
      '99-1-2',
      '1-2',
      '2016-02-30',
    ),
    fc.constantFrom('20160203', '101112', '101112.25', '123', '12345', '100000000', '1484800475'),
    day.map(String),
  )
  const date = fc
    .tuple(fc.array(part, { maxLength: 7 }), fc.constantFrom(' ', ' ', '', '-'))
    .map(([parts, glue]) => parts.join(glue))

  it('reads what git reads, and refuses what git refuses', () => {
    fc.assert(
      fc.property(date, (text) => {
        fc.pre(text.trim() !== '' && !/\d{11}/.test(text))
        // Day and month without a year: git asks the clock which of them is which.
        fc.pre(!/(?<!\d)\d{1,2}([-/.])\d{1,2}(?!\d)(?!\1\d)/.test(text))
        const expected = git(text)
        // Outside 1970 to 2099 git counts on with numbers that no commit should have.
        fc.pre(expected === null || Number(expected.split(' ')[0]) < 4_102_444_800)
        expect(ours(text)).toBe(expected)
      }),
      { numRuns: Number(process.env['PATCHFERRY_FUZZ_RUNS'] ?? 300) },
    )
  }, 60_000)
})
