import type { ErrorCatalogue } from '../core/error-catalogue.ts'

/** Codes of the report room. */
export const reportErrors: ErrorCatalogue = {
  REPORT_TEMPLATE_MISSING: {
    meaning: 'There is no mail template for a kind of report.',
    remedy: 'Put the file back, or remove the setting that names another template folder.',
  },
  REPORT_TEMPLATE_INVALID: {
    meaning: 'A mail template cannot be read or filled in.',
    remedy:
      'Correct the line that is named; templates/mail/README.md lists what a template may use.',
  },
}
