import { spawnSync } from 'node:child_process'

export interface PythonMail {
  /** Field names in order, as written. */
  readonly fields: readonly string[]
  /** Decoded and unfolded, by lower-case field name; the last of several. */
  readonly values: Readonly<Record<string, string>>
  readonly addresses: Readonly<Record<string, readonly (readonly [string, string])[]>>
  readonly body: string
  readonly defects: readonly string[]
}

const program = `
import base64, json, sys
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses

def text(value):
    return str(make_header(decode_header(value.replace('\\r\\n', ''))))

for line in sys.stdin:
    mail = message_from_bytes(base64.b64decode(line), policy=policy.compat32)
    people = {}
    for field in ('from', 'to', 'cc', 'bcc'):
        raw = [value.replace('\\r\\n', '') for value in mail.get_all(field, [])]
        people[field] = [[text(name), address] for name, address in getaddresses(raw)]
    print(json.dumps({
        'fields': mail.keys(),
        'values': {name.lower(): text(value) for name, value in mail.items() if name.lower() not in people},
        'addresses': people,
        'body': mail.get_payload(decode=True).decode('utf-8'),
        'defects': [type(defect).__name__ for defect in mail.defects],
    }))
`

export const hasPython = spawnSync('python3', ['-c', 'import email, json']).status === 0

/** What Python's email package, which shares no code with ours, reads in these mails. */
export function readWithPython(mails: readonly Uint8Array[]): readonly PythonMail[] {
  const found = spawnSync('python3', ['-c', program], {
    input: mails.map((mail) => `${Buffer.from(mail).toString('base64')}\n`).join(''),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', PYTHONIOENCODING: 'utf-8' },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (found.status !== 0) {
    throw new Error(found.stderr)
  }
  return found.stdout
    .trimEnd()
    .split('\n')
    .map((line): PythonMail => JSON.parse(line))
}
