import { describeErrors } from '../src/app/describe-errors.ts'
import { describeConfig } from '../src/config/describe-config.ts'
import { describeCommandLine } from './man-page.ts'

/** Text of every document that is made from the source, by its path in the repository. */
export function madeDocuments(): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': describeConfig(),
    'docs/errors.md': describeErrors(),
    'man/patchferry.1': describeCommandLine(),
  }
}
