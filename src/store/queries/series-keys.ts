import type { MessageId } from '../../core/ids.ts'
import { titleStem } from '../../core/series/title-stem.ts'
import { indexKey } from '../text.ts'

/** Titles that say something, each once. */
export function stemKeys(
  titles: readonly string[],
  stemOf: (title: string) => string = titleStem,
): readonly string[] {
  const stems = titles.map(stemOf).filter((stem) => stem !== '')
  return [...new Set(stems.map(indexKey))]
}

export function addressKey(address: string): string {
  return indexKey(address.toLowerCase())
}

/** One key for both; neither holds a NUL. */
export function titleKey(submitter: string, stem: string): string {
  return `${submitter}\0${stem}`
}

export function stemOfKey(key: string): string {
  return key.slice(key.indexOf('\0') + 1)
}

export function needKeys(
  messageIds: readonly MessageId[],
  patchIds: readonly string[],
): readonly string[] {
  return [...new Set([...messageIds.map((id) => `<${id}>`), ...patchIds].map(indexKey))]
}
