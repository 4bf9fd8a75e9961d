import type { ErrorCatalogue } from '../core/error-catalogue.ts'

export const configErrors: ErrorCatalogue = {
  CONFIG_MISSING: {
    meaning: 'There is no configuration file at the given path.',
    remedy:
      'Write one with `patchferry init`, or name the right file with `--config FILE`; docs/configuration.md lists every key.',
  },
  CONFIG_UNREADABLE: {
    meaning: 'The configuration file exists but cannot be read.',
    remedy:
      'Give the user that runs Patchferry the right to read the file, and check that it is a file.',
  },
  CONFIG_INVALID: {
    meaning:
      'The configuration has mistakes. All of them are listed, each with its line and column.',
    remedy: 'Correct the lines that are listed; docs/configuration.md explains every key.',
  },
  CONFIG_SECRET_UNREADABLE: {
    meaning:
      'A program that should print a secret failed; or a secret was needed by a command that runs beside the service, and cannot be read by it.',
    remedy:
      'Run the program that the message names as the user of the service; `serve` ends with 75 and is to be started again. Run the command as the user of the service; a secret of `LoadCredential=` is there for the service alone.',
  },
  CONFIG_POSTGRES_UNSUPPORTED: {
    meaning: 'DATABASE_URL is set, but this version keeps its store in SQLite only.',
    remedy: 'Unset DATABASE_URL; the store then lies in the folder that `state` names.',
  },
}
