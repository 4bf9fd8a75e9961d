import { child, finding, isPresent, type Loose, textOf } from './loose.ts'
import type { Finding } from './problem.ts'

const secretKeys = ['password', 'passwordFile', 'passwordCommand', 'tokenFile', 'tokenCommand']

/** Whether there is one way out, and no password goes in the clear. */
export function checkDelivery(root: Loose): readonly Finding[] {
  const delivery = child(root, 'delivery')
  const smtp = child(delivery, 'smtp')
  const ways = ['maildir', 'smtp', 'sendmail'].map((key) => child(delivery, key)).filter(isPresent)
  if (!isPresent(delivery)) {
    return []
  }
  const [first, second] = ways
  if (first === undefined) {
    const remedy =
      'Write `maildir: ./outgoing` or `sendmail: {}`, or name a mail server under `smtp`.'
    return [finding(delivery, 'needs `maildir`, `smtp` or `sendmail`', remedy, 'key')]
  }
  if (second !== undefined) {
    const beside = `is given beside \`${String(first.keyPath.at(-1))}\``
    return [finding(second, beside, 'Keep one of them.', 'key')]
  }
  if (!isPresent(smtp)) {
    return []
  }
  const user = child(smtp, 'user')
  const secrets = secretKeys.map((key) => child(smtp, key)).filter(isPresent)
  const security = textOf(child(smtp, 'security'))
  const isClear = security === 'none' || security === 'opportunistic'
  const trust = [child(smtp, 'fingerprint'), child(smtp, 'authoritiesFile')].filter(isPresent)
  const found: Finding[] = []
  if (secrets.length > 0 && !isPresent(user)) {
    const remedy = 'Add the user name the password belongs to.'
    found.push(finding(user, 'is missing beside the password', remedy, 'key'))
  }
  const [, secondSecret] = secrets
  const hasBothPasswords = ['password', 'passwordFile'].every((key) => isPresent(child(smtp, key)))
  if (secondSecret !== undefined && !hasBothPasswords) {
    found.push(finding(secondSecret, 'is a second secret', 'Keep one of them.', 'key'))
  }
  if (isClear && isPresent(user)) {
    const remedy = 'Choose `security: starttls` or `tls`, or log in nowhere.'
    found.push(finding(user, 'could send its password in the clear', remedy, 'key'))
  }
  if (isClear) {
    const remedy = 'Choose `security: starttls` or `tls`, or remove it.'
    found.push(
      ...trust.map((one) =>
        finding(
          one,
          security === 'none' ? 'has no effect without TLS' : 'is not looked at by `opportunistic`',
          remedy,
          'key',
        ),
      ),
    )
  }
  return found
}
