import type { ArchivedDelivery } from '../core/delivery.ts'

/** What the commit message of an archived mail says besides its subject. */
export type DeliveryFacts = Omit<ArchivedDelivery, 'raw'>

/**
 * The commit message of one delivery: the subject as public-inbox writes it, then where the mail came from, so that
 * `rebuild` restores deliveries. Nothing in a mail can add a line or change one.
 */
export function deliveryMessage(subject: string, facts: DeliveryFacts): string {
  return [
    oneLine(subject) || '(no subject)',
    '',
    `Source: ${escapeValue(facts.source)}`,
    `Location: ${escapeValue(facts.location)}`,
    `Arrived: ${facts.arrivedAt.toISOString()}`,
    `Silent: ${facts.isSilent ? 'yes' : 'no'}`,
    '',
  ].join('\n')
}

/** Reads back what `deliveryMessage` wrote; null for a commit that somebody else made. */
export function parseDeliveryMessage(message: string): DeliveryFacts | null {
  const fields =
    /^[^\n]*\n\nSource: (?<source>.*)\nLocation: (?<location>.*)\nArrived: (?<arrived>.*)\nSilent: (?<silent>yes|no)\n/.exec(
      message,
    )?.groups
  const arrivedAt = new Date(fields?.['arrived'] ?? '')
  if (fields === undefined || Number.isNaN(arrivedAt.getTime())) {
    return null
  }
  return {
    source: unescapeValue(fields['source'] ?? ''),
    location: unescapeValue(fields['location'] ?? ''),
    arrivedAt,
    isSilent: fields['silent'] === 'yes',
  }
}

function oneLine(text: string): string {
  const isClean = !/\p{Cc}|[^\S ]| {2}/u.test(text)
  return (isClean ? text : text.replaceAll(/[\p{Cc}\s]+/gu, ' ')).trim()
}

/** On one line, without white space at its ends, reversible: `%` and two hex digits per byte of what has to go. */
function escapeValue(value: string): string {
  const wellFormed = /[\ud800-\udfff]/.test(value) ? Buffer.from(value).toString() : value
  return wellFormed.replaceAll(/[%\p{Cc}\u2028\u2029]|^\s|\s$/gu, encodeURIComponent)
}

function unescapeValue(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
