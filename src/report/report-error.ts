import type { ErrorCatalogue } from '../core/error-catalogue.ts'

/** Codes of the report room. */
export const reportErrors: ErrorCatalogue = {
  REPORT_TEMPLATE_MISSING: {
    meaning: 'There is no mail template for a kind of report.',
    remedy: 'Put the file back, or install Patchferry again.',
  },
  REPORT_TEMPLATES_UNREADABLE: {
    meaning: 'The folder of mail templates cannot be read.',
    remedy: 'Create it, let this user read it, or correct `mailTemplates`.',
  },
  REPORT_TEMPLATE_INVALID: {
    meaning: 'A mail template cannot be read or filled in.',
    remedy: 'Correct the line that is named; docs/mail-templates.md lists what a template may use.',
  },
}
