/** What mail programs do to a mail on its way. Every function takes and gives the bytes of one mail. */
export type Rewrite = (mail: Uint8Array) => Uint8Array

export interface MailParts {
  readonly headers: readonly string[]
  readonly body: string
}

/** Splits a mail (read as latin1) into header fields, folded lines kept together, and body. */
export function splitMail(mail: Uint8Array): MailParts {
  const text = Buffer.from(mail).toString('latin1')
  const end = text.indexOf('\n\n')
  const head = text.slice(0, end).replace(/^From [^\n]*\n/, '')
  return { headers: head.split(/\n(?![ \t])/), body: text.slice(end + 2) }
}

export function joinMail(parts: MailParts): Uint8Array {
  return Buffer.from(`${parts.headers.join('\n')}\n\n${parts.body}`, 'latin1')
}

/** Replaces or adds header fields; null removes one. */
export function withHeaders(fields: Readonly<Record<string, string | null>>): Rewrite {
  return (mail) => {
    const { headers, body } = splitMail(mail)
    const names = Object.keys(fields).map((name) => name.toLowerCase())
    const others = headers.filter(
      (header) => !names.includes(header.slice(0, header.indexOf(':')).toLowerCase()),
    )
    const added = Object.entries(fields).flatMap(([name, value]) =>
      value === null ? [] : [`${name}: ${value}`],
    )
    return joinMail({ headers: [...others, ...added], body })
  }
}

/** Changes the body as text, one character a byte. */
export function withBody(change: (body: string) => string): Rewrite {
  return (mail) => {
    const { headers, body } = splitMail(mail)
    return joinMail({ headers, body: change(body) })
  }
}

export function quotedPrintable(mail: Uint8Array): Uint8Array {
  const encoded = withBody((body) =>
    body
      .replace(/[=\x80-\xff]|[ \t](?=\n)/g, (c) => `=${hex(c)}`)
      .replace(/^(.{70,})$/gm, (line) => line.replace(/.{1,60}(?!=)(?<!=.)(?=.)/g, '$&=\n')),
  )(mail)
  return withHeaders({
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Transfer-Encoding': 'quoted-printable',
  })(encoded)
}

export function base64(mail: Uint8Array): Uint8Array {
  const encoded = withBody((body) =>
    Buffer.from(body, 'latin1')
      .toString('base64')
      .replace(/.{1,76}/g, '$&\n'),
  )(mail)
  return withHeaders({
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Transfer-Encoding': 'base64',
  })(encoded)
}

export function crlf(mail: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(mail).toString('latin1').replace(/\n/g, '\r\n'), 'latin1')
}

/** UTF-8 text sent as ISO-8859-1. */
export function latin1(mail: Uint8Array): Uint8Array {
  const { headers, body } = splitMail(mail)
  const text = Buffer.from(body, 'latin1').toString('utf8')
  return withHeaders({
    'Content-Type': 'text/plain; charset=ISO-8859-1',
    'Content-Transfer-Encoding': '8bit',
  })(joinMail({ headers, body: text }))
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}
