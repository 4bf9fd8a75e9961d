import { effectiveDate, type Message } from '../message.ts'

/** By code units, the same on every machine. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** Oldest first by effective date, then by Message-ID: an order that arrival has no part in. */
export function compareMessages(one: Message, other: Message): number {
  return (
    effectiveDate(one).getTime() - effectiveDate(other).getTime() ||
    compareText(one.messageId, other.messageId)
  )
}
