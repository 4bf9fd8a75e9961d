import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { BotError } from '../core/bot-error.ts'
import type { Logger } from '../log/logger.ts'
import { createMailReporter, type OwnTemplates, unusedTemplates } from '../report/mail-reporter.ts'
import { createPullRequestWriter, type PullRequestWriter } from '../report/pull-request-writer.ts'
import type { Reporter } from '../report/reporter.ts'

const ending = '.liquid'

/** The folders lie beside both src and dist. */
const ours = fileURLToPath(new URL('../../templates/mail/', import.meta.url))
const pullRequests = fileURLToPath(new URL('../../templates/pull-request/', import.meta.url))

/** The texts of the `*.liquid` files of a folder, by file name without its ending. Throws REPORT_TEMPLATES_UNREADABLE. */
function readTemplates(folder: string): Readonly<Record<string, string>> {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(ending))
    return Object.fromEntries(
      names.map((name) => [
        name.slice(0, -ending.length),
        readFileSync(path.join(folder, name), 'utf8'),
      ]),
    )
  } catch (cause) {
    const message = `mail templates in ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new BotError('REPORT_TEMPLATES_UNREADABLE', message, {
      retry: 'after-human',
      details: { folder },
      cause,
    })
  }
}

function fileOf(folder: string, name: string): string {
  return path.join(folder, `${name}${ending}`)
}

/** The writer of pull requests, with our templates. */
export function openPullRequestWriter(): PullRequestWriter {
  return createPullRequestWriter(readTemplates(pullRequests))
}

/** By our tests: trying them again would be a quarter of what a start takes. */
const areTried = true

/** What `doctor` says of an operator's templates. */
export interface OwnTemplatesFound {
  /** Files that take the place of ours, or that these include. */
  readonly used: readonly string[]
  /** Files that nothing uses. */
  readonly unused: readonly string[]
}

/** The reporter of mails with our templates, and those of `folder` in place of ours. Throws REPORT_TEMPLATE_*. */
export function openMailReporter(
  folder: string | null,
  log: Pick<Logger, 'warn' | 'error'> | null,
): { readonly reporter: Reporter; readonly own: OwnTemplatesFound } {
  const templates = readTemplates(ours)
  if (folder === null) {
    return {
      reporter: createMailReporter(templates, null, { areTried }),
      own: { used: [], unused: [] },
    }
  }
  const texts = readTemplates(folder)
  const names = Object.keys(texts)
  const unused = unusedTemplates(templates, texts).map((name) => fileOf(folder, name))
  for (const file of unused) {
    log?.warn({ file }, 'a mail template that nothing uses: is its name misspelt?')
  }
  const own: OwnTemplates = {
    texts,
    files: Object.fromEntries(names.map((name) => [name, fileOf(folder, name)])),
    onFault(fault, { kind, topic }) {
      log?.error({ err: fault, kind, topic }, 'a mail template failed; ours was used instead')
    },
  }
  const reporter = createMailReporter(templates, own, { areTried })
  const used = names.map((name) => fileOf(folder, name)).filter((file) => !unused.includes(file))
  return { reporter, own: { used, unused } }
}
