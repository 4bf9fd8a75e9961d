import { existsSync } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { ImapSourceConfig, SourceConfig } from '../../config/config.ts'
import { lookAtImap, serverUrl } from '../../mail/source/imap-connection.ts'
import { isInboxCommit } from '../../mail/source/inbox-clone.ts'
import { distantInbox, isLocal, localInbox, lookAt } from '../../mail/source/inbox-remote.ts'
import { noInboxFault } from '../../mail/source/source-fault.ts'
import { imapServer } from '../open-sources.ts'
import type { Terminal } from '../terminal.ts'
import { type Finding, ok, wrong } from './finding.ts'

async function checkInbox(
  place: { readonly name: string; readonly path: string },
  check: string,
  signal: AbortSignal,
): Promise<Finding> {
  const remote = isLocal(place.path) ? localInbox(place) : distantInbox(place, tmpdir())
  const epochs = await remote.epochs(0, 0, signal)
  const newest = epochs.at(-1)
  if (isLocal(place.path) && newest !== undefined) {
    const sight = await lookAt(place, newest.url, newest.url, signal)
    const branch = sight.outcome === 'there' ? sight.branch : null
    if (branch !== null && !(await isInboxCommit(newest.url, branch, signal))) {
      throw noInboxFault(place)
    }
  }
  const count = `${epochs.length} ${epochs.length === 1 ? 'repository' : 'repositories'}`
  return ok(check, `public-inbox ${place.path}: ${count}`)
}

async function checkImap(
  check: string,
  name: string,
  config: ImapSourceConfig,
  terminal: Pick<Terminal, 'env' | 'draining'>,
): Promise<Finding> {
  const server = imapServer(config, terminal.env)
  const url = serverUrl(server)
  const found = await lookAtImap({ name, path: url }, server, config.folders, terminal.draining)
  const message = `${url}: login works; certificate ${found.fingerprint ?? 'none'}; `
  return found.missing.length === 0
    ? ok(check, `${message}folders ${config.folders.join(', ')}`)
    : wrong(
        check,
        `${message}it does not open ${found.missing.join(', ')}`,
        `Correct \`folders\`; there are ${found.folders.slice(0, 50).join(', ')}.`,
      )
}

/** Whether a source can be read: its folders, or the login at its server. Throws what reading it throws. */
export async function checkSource(
  config: SourceConfig,
  terminal: Pick<Terminal, 'env' | 'draining'>,
): Promise<Finding> {
  const check = `source ${config.name}`
  if (config.kind === 'imap') {
    return checkImap(check, config.name, config.imap, terminal)
  }
  if (config.kind === 'public-inbox') {
    return checkInbox(config, check, terminal.draining)
  }
  const found = await stat(config.path).catch(() => null)
  if (found === null) {
    const remedy = 'Create it, or correct the path under `lists`; the service waits for it.'
    return wrong(check, `${config.path} does not exist`, remedy)
  }
  if (config.kind === 'maildir') {
    if (!existsSync(`${config.path}/new`) || !existsSync(`${config.path}/cur`)) {
      const remedy = 'Name a Maildir, which has folders `new`, `cur` and `tmp`, or another source.'
      return wrong(check, `${config.path} is no Maildir, or not one of this user`, remedy)
    }
    await access(`${config.path}/cur`, constants.W_OK)
  }
  if (config.kind === 'folder') {
    await access(config.path, constants.W_OK)
  }
  return ok(check, `${config.kind} ${config.path}`)
}
