import { remedyOf } from '../app/error-catalogue.ts'
import { BotError } from '../core/bot-error.ts'

/** What a person is told of an error: code, what is wrong, what to do. With `isDebug` the stack too. */
export function describeError(error: unknown, isDebug: boolean): string {
  const stack = isDebug && error instanceof Error ? `\n${error.stack ?? ''}` : ''
  if (error instanceof BotError) {
    const remedy = remedyOf(error)
    const advice = remedy === '' ? '' : `\n  ${remedy.replaceAll('\n', '\n  ')}`
    return `patchferry: ${error.code}: ${error.message}${advice}${stack}\n`
  }
  const message = error instanceof Error ? error.message : String(error)
  return `patchferry: INTERNAL: ${message}\n  This is a fault of Patchferry. Run again with PATCHFERRY_DEBUG=1 for its trace, and report it.${stack}\n`
}
