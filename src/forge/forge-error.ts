import type { ErrorCatalogue } from '../core/error-catalogue.ts'

export const forgeErrors: ErrorCatalogue = {
  FORGE_UNSUPPORTED: {
    meaning: 'The forge cannot do what was asked of it, and says so in its capabilities.',
    remedy: 'This is a fault of Patchferry: report it with the message.',
  },
  FORGE_WEBHOOK_SIGNATURE: {
    meaning: 'A webhook delivery is not signed with the secret that was agreed on.',
    remedy: 'Compare the secret of the webhook on the forge with the one configured here.',
  },
  FORGE_WEBHOOK_BODY: {
    meaning: 'A webhook delivery is signed, but it is not JSON.',
    remedy: 'Choose the content type `application/json` in the settings of the webhook.',
  },
  FORGE_UNREACHABLE: {
    meaning: 'The forge did not answer, or answered that something is wrong with itself.',
    remedy:
      'It is tried again by itself. Where it lasts, look whether this machine reaches the URL of the forge.',
  },
  FORGE_RATE_LIMITED: {
    meaning: 'The forge takes no more requests of this account for now.',
    remedy:
      'It is tried again by itself once the forge takes requests again; other programs that use the same account share its limit.',
  },
  FORGE_FORBIDDEN: {
    meaning: 'The account of the bot may not do this on the forge.',
    remedy: '`patchferry doctor` says which permission is missing.',
  },
  FORGE_NOT_FOUND: {
    meaning:
      'The forge knows no such repository or pull request, or does not show it to the account of the bot.',
    remedy: 'Compare the URL of the mirror with the forge; `patchferry doctor` looks at it.',
  },
  FORGE_BAD_REQUEST: {
    meaning: 'The forge refused a request as it was.',
    remedy:
      'This is a fault of Patchferry, or of a version of the forge that it does not know: report it with the message.',
  },
}
