import { child, finding, isPresent, items, type Loose, textOf } from './loose.ts'
import type { Finding } from './problem.ts'

const secretKeys = ['password', 'passwordFile', 'passwordCommand', 'tokenFile', 'tokenCommand']

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** What only shows when several keys of an `imap` mapping are looked at together. */
export function checkImap(imap: Loose): readonly Finding[] {
  const findings: Finding[] = []
  const [, second] = secretKeys.map((key) => child(imap, key)).filter(isPresent)
  const hasBothPasswords =
    isPresent(child(imap, 'password')) && isPresent(child(imap, 'passwordFile'))
  if (second !== undefined && !hasBothPasswords) {
    findings.push(finding(second, 'is a second secret', 'Keep one of them.', 'key'))
  }
  const host = textOf(child(imap, 'host'))
  if (host !== null && textOf(child(imap, 'security')) === 'plain' && !isLoopback(host)) {
    const message = 'sends the password in clear over the network'
    findings.push(finding(child(imap, 'security'), message, 'Write `tls` or `starttls`.'))
  }
  const after = textOf(child(imap, 'afterImport')) ?? 'keep'
  const moveTo = child(imap, 'moveTo')
  for (const [key, owner] of [
    ['flag', 'flag'],
    ['moveTo', 'move'],
  ] as const) {
    if (isPresent(child(imap, key)) && after !== owner) {
      const message = `has no effect with \`afterImport: ${after}\``
      findings.push(finding(child(imap, key), message, `Remove it, or write \`${owner}\`.`, 'key'))
    }
  }
  if (after === 'move' && !isPresent(moveTo)) {
    const remedy = 'Name the folder: `moveTo: done` beside it.'
    findings.push(finding(child(imap, 'afterImport'), 'does not say where to', remedy))
  }
  const folders = items(child(imap, 'folders')).map(textOf)
  const read = isPresent(child(imap, 'folders')) ? folders : ['INBOX']
  if (isPresent(moveTo) && read.includes(textOf(moveTo))) {
    findings.push(finding(moveTo, 'is read too, so mail would come again', 'Name another folder.'))
  }
  return findings
}
