import { InvalidArgumentError, Option } from 'commander'
import { defaultConfigFile } from '../../config/default-config-file.ts'
import { parseDuration } from '../../util/parse-duration.ts'

/** `--config FILE`, for every command that needs a configuration. */
export function configOption(): Option {
  return new Option('-c, --config <file>', 'configuration file')
    .default(defaultConfigFile)
    .env('PATCHFERRY_CONFIG')
}

/** `--reason TEXT`, for every act that is worth one. */
export function reasonOption(): Option {
  return new Option('--reason <text>', 'kept in the journal').default('')
}

/** For what names a thing or says why: blanks alone do neither. */
export function filledArgument(text: string): string {
  if (text.trim() === '') {
    throw new InvalidArgumentError('It is empty.')
  }
  return text
}

/** One or more that are each filled. */
export function filledArguments(
  text: string,
  before: readonly string[] | undefined,
): readonly string[] {
  return [...(before ?? []), filledArgument(text)]
}

/** Reads `90s`, `10m`, `2h` into milliseconds. */
export function durationArgument(text: string): number {
  const ms = parseDuration(text)
  if (ms === null) {
    throw new InvalidArgumentError('Write a duration such as 90s, 10m or 2h.')
  }
  return ms
}
