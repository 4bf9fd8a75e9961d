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
}
