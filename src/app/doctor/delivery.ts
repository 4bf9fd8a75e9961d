import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import { BotError } from '../../core/bot-error.ts'
import { remedyOf } from '../error-catalogue.ts'
import { openMailReporter } from '../load-templates.ts'
import { tryServer } from '../open-mailer.ts'
import { type Finding, ok, said, warning, wrong } from './finding.ts'
import { checkFolder } from './folders.ts'

const check = 'delivery'

/** Where a program is that is named as a shell would: by its path, or found in PATH. */
async function checkSendmail(program: string): Promise<Finding> {
  const folders = program.includes('/') ? [''] : (process.env['PATH'] ?? '').split(path.delimiter)
  for (const folder of folders) {
    const file = path.join(folder, program)
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) {
      return ok(check, `${file} can be run; \`patchferry mail test ADDRESS\` sends by it`)
    }
  }
  return wrong(
    check,
    `there is no program ${program}`,
    'Install one that speaks sendmail, or correct `delivery.sendmail.command`.',
  )
}

/** Whether reports can leave: connects, encrypts and logs in, and sends nothing. */
export async function checkDelivery(
  way: Config['delivery']['way'],
  signal: AbortSignal,
): Promise<Finding> {
  if (way.kind === 'maildir') {
    return checkFolder(check, way.path)
  }
  if (way.kind === 'sendmail') {
    return checkSendmail(way.argv[0] ?? '')
  }
  try {
    const steps: string[] = []
    await tryServer(way, (reached) => steps.push(reached), signal)
    const login = way.login === null ? ', no login' : ''
    return ok(check, `${steps.join(', ')}${login}`)
  } catch (error) {
    const remedy = error instanceof BotError ? remedyOf(error) : 'Correct `delivery.smtp`.'
    return wrong(
      check,
      `${way.host}:${way.port}: ${said(error)}`,
      `${remedy} Reports wait for it and are tried again.`,
    )
  }
}

/** Whether the operator's own templates are used. Throws REPORT_TEMPLATE_*. */
export function checkTemplates(folder: string | null): Finding {
  const about = 'mail templates'
  const { used, unused } = openMailReporter(folder, null).own
  return unused.length > 0
    ? warning(
        about,
        `nothing uses ${unused.join(', ')}`,
        'Correct the name: docs/mail-templates.md lists those that are used.',
      )
    : ok(about, folder === null ? 'ours' : `${folder}: ${used.length} of your own`)
}
