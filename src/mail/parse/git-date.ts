export interface GitDate {
  readonly at: Date
  /** Minutes east of UTC. */
  readonly offsetMinutes: number
}

const months =
  'January February March April May June July August September October November December'.split(' ')
const weekdays = 'Sundays Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays'.split(' ')

/** Hours east of UTC, summer time counted in, of the names that git knows, in its order. */
const zones: readonly (readonly [string, number])[] = [
  ...zoneList('IDLW -12 NT -11 CAT -10 HST -10 HDT -9 YST -9 YDT -8 PST -8 PDT -7 MST -7 MDT -6'),
  ...zoneList('CST -6 CDT -5 EST -5 EDT -4 AST -3 ADT -2 WAT -1 GMT 0 UTC 0 Z 0 WET 0 BST 1'),
  ...zoneList('CET 1 MET 1 MEWT 1 MEST 2 CEST 2 MESZ 2 FWT 1 FST 2 EET 2 EEST 3 WAST 7 WADT 8'),
  ...zoneList('CCT 8 JST 9 EAST 10 EADT 11 GST 10 NZT 12 NZST 12 NZDT 13 IDLE 12'),
]

function zoneList(text: string): readonly (readonly [string, number])[] {
  return [...text.matchAll(/([A-Z]+) (-?\d+)/g)].map(
    ([, name = '', hours]) => [name, Number(hours)] as const,
  )
}

/** The last second that a Date can hold. */
const maxEpochSeconds = 8_640_000_000_000

/** What is known so far; -1 where nothing is. `year` counts from 1900. */
interface Fields {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  /** Minutes; null while no zone was read. */
  offset: number | null
  /** A number of seconds since 1970 was read: no zone applies. */
  isEpoch: boolean
}

/**
 * Reads a date as git reads the date of an author (RFC 2822 and much that is not, words and numbers in any order),
 * without a zone as UTC. Null where git has no date, or one outside 1970 to 2099. It has no clock: a day/month order
 * that git rejects because it lies in the future is accepted here.
 */
export function parseGitDate(text: string): GitDate | null {
  return readUsual(text) ?? readAny(text)
}

/** As RFC 5322 has it, of any day that every month has: what nearly all mails say. */
const usualDate =
  /^ *(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(0?[1-9]|1\d|2[0-8]) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (19[789]\d|20\d\d) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) ([+-])([01]\d)([0-5]\d)(?: \((?:UTC|GMT|CES?T|[PMCE][SD]T)\))?$/
const shortMonths = 'JanFebMarAprMayJunJulAugSepOctNovDec'

function readUsual(text: string): GitDate | null {
  const found = usualDate.exec(text)
  if (found === null) {
    return null
  }
  const [, day, month = '', year, hour, minute, second, sign, zoneHours, zoneMinutes] = found
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1)
  const local = Date.UTC(
    Number(year),
    shortMonths.indexOf(month) / 3,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  return dateAt(local / 1000 - offset * 60, offset)
}

function readAny(text: string): GitDate | null {
  const fields: Fields = {
    year: -1,
    month: -1,
    day: -1,
    hour: -1,
    minute: -1,
    second: -1,
    offset: null,
    isEpoch: false,
  }
  const raw = /^@(?<seconds>\d+) (?<sign>[+-])(?<hours>\d\d)(?<minutes>\d\d)(?:\n|$)/.exec(text)
  if (raw?.groups !== undefined) {
    const minutes = Number(raw.groups['hours']) * 60 + Number(raw.groups['minutes'])
    return dateAt(Number(raw.groups['seconds']), raw.groups['sign'] === '-' ? -minutes : minutes)
  }
  const line = text.split('\n', 1)[0] ?? ''
  for (let at = 0; at < line.length; ) {
    at += Math.max(1, readToken(line, at, fields))
  }
  const seconds = secondsOf(fields)
  if (seconds === null) {
    return null
  }
  const offset = fields.offset ?? 0
  return dateAt(fields.isEpoch ? seconds : seconds - offset * 60, offset)
}

function dateAt(seconds: number, offsetMinutes: number): GitDate | null {
  return seconds >= 0 && seconds < Date.UTC(2100, 0, 1) / 1000
    ? { at: new Date(seconds * 1000), offsetMinutes }
    : null
}

/** Reads what begins at `at`; gives its length. */
function readToken(line: string, at: number, fields: Fields): number {
  const character = line[at] ?? ''
  if (isAlpha(character)) {
    return readWord(line, at, fields)
  }
  if (isDigit(character)) {
    return readNumber(line, at, fields)
  }
  return (character === '-' || character === '+') && isDigit(line[at + 1])
    ? readZone(line, at, fields)
    : 1
}

function isAlpha(character: string | undefined): boolean {
  return character !== undefined && /^[A-Za-z]$/.test(character)
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9'
}

function readWord(line: string, at: number, fields: Fields): number {
  const word = match(/[A-Za-z0-9]+/y, line, at).toUpperCase()
  function isShortFor(name: string): boolean {
    return name.toUpperCase().startsWith(word)
  }
  const month = word.length < 3 ? -1 : months.findIndex(isShortFor)
  if (month !== -1) {
    fields.month = month
    return word.length
  }
  if (word.length >= 3 && weekdays.some(isShortFor)) {
    return word.length
  }
  const zone = zones.find(
    ([name]) => name.startsWith(word) && (word.length >= 3 || word.length === name.length),
  )
  if (zone !== undefined) {
    fields.offset ??= zone[1] * 60
    return word.length
  }
  if (word === 'PM' || word === 'AM') {
    fields.hour = (fields.hour % 12) + (word === 'PM' ? 12 : 0)
    return 2
  }
  return match(/[A-Za-z]+/y, line, at).length
}

function match(pattern: RegExp, line: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(line)?.[0] ?? ''
}

function readZone(line: string, at: number, fields: Fields): number {
  const digits = match(/\d+/y, line, at + 1)
  let end = at + 1 + digits.length
  let hours = Number(digits)
  let minutes = 0
  if (digits.length === 4) {
    minutes = hours % 100
    hours = Math.floor(hours / 100)
  } else if (digits.length !== 2) {
    minutes = 99
  } else if (line[end] === ':') {
    const more = match(/\d*/y, line, end + 1)
    minutes = more.length === 2 ? Number(more) : 99
    end += 1 + more.length
  }
  if (minutes < 60 && hours < 24) {
    const offset = hours * 60 + minutes
    fields.offset = line[at] === '-' ? -offset : offset
  }
  return end - at
}

function readNumber(line: string, at: number, fields: Fields): number {
  const digits = match(/\d+/y, line, at)
  const value = Number(digits)
  if (value >= 100_000_000 && hasNothing(fields) && value <= maxEpochSeconds) {
    readEpoch(value, fields)
    return digits.length
  }
  const separator = line[at + digits.length] ?? ''
  if (/^[-:./]$/.test(separator) && isDigit(line[at + digits.length + 1])) {
    const length = readNumbers(line, at, digits, separator, fields)
    if (length > 0) {
      return length
    }
  }
  if (digits.length === 8 || digits.length === 6) {
    return readCompact(line, at, digits, fields)
  }
  readShort(digits, value, fields)
  return digits.length
}

function hasNothing(fields: Fields): boolean {
  return [fields.year, fields.month, fields.day, fields.hour, fields.minute, fields.second].every(
    (field) => field < 0,
  )
}

function readEpoch(seconds: number, fields: Fields): void {
  const date = new Date(seconds * 1000)
  fields.isEpoch = true
  fields.year = date.getUTCFullYear() - 1900
  fields.month = date.getUTCMonth()
  fields.day = date.getUTCDate()
  setTime(date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), fields)
}

/** `YYYYMMDD` or `HHMMSS`. */
function readCompact(line: string, at: number, digits: string, fields: Fields): number {
  const [first, second, third] = [digits.slice(0, -4), digits.slice(-4, -2), digits.slice(-2)].map(
    Number,
  )
  if (digits.length === 8) {
    setIsoDate(first ?? -1, second ?? -1, third ?? -1, fields)
  } else if (setTime(first ?? -1, second ?? -1, third ?? -1, fields)) {
    return digits.length + match(/\.\d+/y, line, at + digits.length).length
  }
  return digits.length
}

/** One to four digits by themselves: a zone, a year, a day or a month, whatever is still wanted. */
function readShort(digits: string, value: number, fields: Fields): void {
  if (digits.length === 4) {
    if (value <= 1400 && fields.offset === null) {
      fields.offset = Math.floor(value / 100) * 60 + (value % 100)
    } else if (value > 1900 && value < 2100) {
      fields.year = value - 1900
    }
  } else if (digits.length > 2) {
    return
  } else if (value > 0 && value < 32 && fields.day < 0) {
    fields.day = value
  } else if (digits.length === 2 && fields.year < 0 && value < 10 && fields.day >= 0) {
    fields.year = value + 100
  } else if (digits.length === 2 && fields.year < 0 && value >= 70) {
    fields.year = value
  } else if (value > 0 && value < 13 && fields.month < 0) {
    fields.month = value - 1
  }
}

/** `12:34:56`, `2001-02-03`, `3.2.2001` and their like; 0 where it is none of them. */
function readNumbers(
  line: string,
  at: number,
  digits: string,
  separator: string,
  fields: Fields,
): number {
  let end = at + digits.length
  const first = Number(digits)
  const secondDigits = match(/\d+/y, line, end + 1)
  end += 1 + secondDigits.length
  const second = Number(secondDigits)
  let third = -1
  if (line[end] === separator && isDigit(line[end + 1])) {
    const thirdDigits = match(/\d+/y, line, end + 1)
    end += 1 + thirdDigits.length
    third = Number(thirdDigits)
  }
  if (separator === ':') {
    if (!setTime(first, second, Math.max(third, 0), fields)) {
      return 0
    }
    const isDateKnown = fields.year !== -1 && fields.month !== -1 && fields.day !== -1
    return end - at + (isDateKnown ? match(/\.\d+/y, line, end).length : 0)
  }
  const isSet =
    (first > 70 &&
      (setIsoDate(first, second, third, fields) || setIsoDate(first, third, second, fields))) ||
    (separator !== '.' && setDate(third, first, second, fields)) ||
    setDate(third, second, first, fields) ||
    (separator === '.' && setDate(third, first, second, fields))
  return isSet ? end - at : 0
}

/** Year first: git then keeps month and day even where it refuses the year. */
function setIsoDate(year: number, month: number, day: number, fields: Fields): boolean {
  const isSet = setDate(year, month, day, fields)
  if (!isSet && isDay(month, day)) {
    fields.month = month - 1
    fields.day = day
  }
  return isSet
}

function isDay(month: number, day: number): boolean {
  return month > 0 && month < 13 && day > 0 && day < 32
}

/** The year may be absent (-1) only where the month comes first or last. */
function setDate(year: number, month: number, day: number, fields: Fields): boolean {
  const sinceCentury = centuryYear(year)
  if (!isDay(month, day) || sinceCentury === null) {
    return false
  }
  fields.month = month - 1
  fields.day = day
  fields.year = sinceCentury === -1 ? fields.year : sinceCentury
  return true
}

function centuryYear(year: number): number | null {
  if (year === -1) {
    return -1
  }
  if (year >= 1970 && year < 2100) {
    return year - 1900
  }
  if (year > 70 && year < 100) {
    return year
  }
  return year < 38 ? year + 100 : null
}

function setTime(hour: number, minute: number, second: number, fields: Fields): boolean {
  if (hour > 24 || minute > 59 || second > 60) {
    return false
  }
  fields.hour = hour
  fields.minute = minute
  fields.second = second
  return true
}

/** Seconds since 1970 of the fields taken as UTC; null where year, month or time is not known. */
function secondsOf(fields: Fields): number | null {
  const { year, month, day, hour, minute, second } = fields
  if (year < 70 || year > 199 || month < 0 || hour < 0 || minute < 0 || second < 0) {
    return null
  }
  return Date.UTC(1900 + year, month, day, hour, minute, second) / 1000
}
