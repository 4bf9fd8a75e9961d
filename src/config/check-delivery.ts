import { child, finding, isPresent, type Loose, textOf } from './loose.ts'
import type { Finding } from './problem.ts'

/** Whether there is one way out, and no password goes in the clear. */
export function checkDelivery(root: Loose): readonly Finding[] {
  const delivery = child(root, 'delivery')
  const smtp = child(delivery, 'smtp')
  const isMaildir = isPresent(child(delivery, 'maildir'))
  if (!isPresent(delivery)) {
    return []
  }
  if (isMaildir && isPresent(smtp)) {
    return [finding(smtp, 'is given beside `maildir`', 'Keep one of the two.', 'key')]
  }
  if (!isPresent(smtp)) {
    const remedy = 'Write `maildir: ./outgoing`, or name a mail server under `smtp`.'
    return isMaildir ? [] : [finding(delivery, 'needs `maildir` or `smtp`', remedy, 'key')]
  }
  const user = child(smtp, 'user')
  const secrets = [child(smtp, 'password'), child(smtp, 'passwordFile')]
  const isClear = textOf(child(smtp, 'security')) === 'none'
  const trust = [child(smtp, 'fingerprint'), child(smtp, 'authoritiesFile')].filter(isPresent)
  const found: Finding[] = []
  if (secrets.some(isPresent) && !isPresent(user)) {
    const remedy = 'Add the user name the password belongs to.'
    found.push(finding(user, 'is missing beside the password', remedy, 'key'))
  }
  if (isClear && isPresent(user)) {
    const remedy = 'Choose `security: starttls` or `tls`, or log in nowhere.'
    found.push(finding(user, 'would send its password in the clear', remedy, 'key'))
  }
  if (isClear) {
    const remedy = 'Choose `security: starttls` or `tls`, or remove it.'
    found.push(...trust.map((one) => finding(one, 'has no effect without TLS', remedy, 'key')))
  }
  return found
}
