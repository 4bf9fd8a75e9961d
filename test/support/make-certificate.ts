import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Writes `cert.pem` and `key.pem` for `localhost`, signed by an authority that nobody knows. Gives the file with the
 * authority's own certificate.
 */
export function makeCertificate(folder: string): string {
  function openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const authority = ['-days', '2', '-subj', '/CN=An authority', '-keyout', 'ca-key.pem']
  openssl('req', '-x509', ...newKey, ...authority, '-out', 'ca.pem')
  openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'request.pem')
  writeFileSync(path.join(folder, 'names.cnf'), 'subjectAltName = DNS:localhost\n')
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial']
  const signed = ['-days', '2', '-extfile', 'names.cnf', '-out', 'cert.pem']
  openssl('x509', '-req', '-in', 'request.pem', ...signing, ...signed)
  return path.join(folder, 'ca.pem')
}
