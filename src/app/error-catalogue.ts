import { configErrors } from '../config/config-error.ts'
import type { BotError } from '../core/bot-error.ts'
import type { ErrorCatalogue } from '../core/error-catalogue.ts'
import { flowErrors } from '../flow/flow-error.ts'
import { forgeErrors } from '../forge/forge-error.ts'
import { gitErrors } from '../git/git-error.ts'
import { mailErrors } from '../mail/mail-error.ts'
import { reportErrors } from '../report/report-error.ts'
import { storeErrors } from '../store/store-error.ts'
import { testerErrors } from '../tester/tester-error.ts'
import { webErrors } from '../web/web-error.ts'
import { appErrors } from './app-error.ts'

/** Every code of every room, as docs/errors.md lists them. */
export const errorCatalogue: ErrorCatalogue = {
  ...appErrors,
  ...configErrors,
  ...flowErrors,
  ...forgeErrors,
  ...gitErrors,
  ...mailErrors,
  ...reportErrors,
  ...storeErrors,
  ...testerErrors,
  ...webErrors,
}

/** What to do about an error: what it says itself, else what its code says; empty when neither does. */
export function remedyOf(error: BotError): string {
  return error.remedy ?? errorCatalogue[error.code]?.remedy ?? ''
}
