import type { ErrorCatalogue } from '../core/error-catalogue.ts'

/** A test that fails, or cannot be started, is a result; these are faults of ours. */
export const testerErrors: ErrorCatalogue = {
  TESTER_FOLDER: {
    meaning: 'The folder for the files of a test run could not be made beside its checkout.',
    remedy:
      'Check free disk space and permissions of the folder `checkouts` in the state folder, and that the program mkfifo is installed.',
  },
}
