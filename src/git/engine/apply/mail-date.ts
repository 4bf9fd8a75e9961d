/** `Tue, 2 Jan 2024 03:04:05 +0100`, as nearly every mail writes it (RFC 5322, section 3.3). */
const ordinary =
  /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} (?:19[7-9]\d|20\d\d) \d\d:\d\d(?::\d\d)? [+-]\d{4}(?: \([A-Za-z ]*\))?$/

/** `03/04/24`: git decides by its clock which of them is the month, so it means something else next year. */
const ambiguous = /(?:^|\D)\d{1,2}[-/.]\d{1,2}[-/.]\d/

/** What a Date header means to git: sure to be read, sure to be useless, or git has to be asked. */
export function judgeDate(value: string): 'usable' | 'unusable' | 'ask-git' {
  const text = value.trim()
  if (text === '' || ambiguous.test(text) || text.includes('\0')) {
    return 'unusable'
  }
  return ordinary.test(text) && !Number.isNaN(Date.parse(text)) ? 'usable' : 'ask-git'
}

/** The earliest date of the Received headers of a mail (a byte string); null when there is none. */
export function earliestReceived(mail: string): Date | null {
  const end = mail.search(/\n\r?\n/)
  const headers = (end === -1 ? mail : mail.slice(0, end)).replace(/\r?\n[ \t]+/g, ' ')
  const times = [...headers.matchAll(/^Received:(?<value>.*)$/gim)]
    .map((match) => match.groups?.['value']?.split(';').at(-1)?.trim() ?? '')
    .filter((text) => /\d{4} \d\d?:\d\d/.test(text))
    .map((text) => Date.parse(text.replace(/\([^)]*\)/g, '').trim()))
    .filter((time) => !Number.isNaN(time) && time >= 0)
  return times.length === 0 ? null : new Date(Math.min(...times))
}

/** `Tue, 02 Jan 2024 03:04:05 +0000` */
export function formatMailDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000')
}
