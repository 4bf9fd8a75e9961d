/** Shorter values would blank out half of every line. */
const minLength = 6

const mask = '[redacted]'

/** `https://user:password@host` and `https://token@host`; the user of an ssh URL is no secret. */
const userinfo = /\b(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<user>[^\s/?#@"'<>\\]+)@/gi

/**
 * What a secret looks like inside base64 text, whatever stands before it: one form for each of the three
 * ways its bytes can fall on the groups of four characters, without the characters it shares with neighbours.
 */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
    const whole = bytes.toString('base64').replace(/=+$/, '')
    const first = Math.ceil((shift * 8) / 6)
    const last = Math.floor((bytes.length * 8) / 6)
    const form = whole.slice(first, last)
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

function urlForms(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret)
  const strict = encoded.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const lower = strict.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())
  return [encoded, strict, lower, strict.replaceAll('%20', '+')]
}

/** As the secret stands inside a JSON string, inside one that stands in another, and so on. */
function jsonForms(secret: string): readonly string[] {
  const forms: string[] = []
  for (let form = secret; forms.length < 4; forms.push(form)) {
    form = JSON.stringify(form).slice(1, -1)
  }
  return forms
}

export type Redactor = (text: string) => string

/**
 * A function that blanks every registered secret (plain, JSON-escaped, base64, URL-encoded) and every
 * password in a URL out of a text. Secrets shorter than six characters are only found whole, as words.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [
      secret,
      ...jsonForms(secret),
      ...urlForms(secret),
      ...base64Forms(secret),
    ])
    .filter((form) => form.length >= minLength)
  const ordered = [...new Set(forms)].sort((a, b) => b.length - a.length)
  const escaped = ordered.map((form) => form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  const short = secrets
    .filter((secret) => secret !== '' && secret.length < minLength)
    .map((secret) => `(?<![\\w])${secret.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}(?![\\w])`)
  const alternatives = [...escaped, ...short]
  const pattern = alternatives.length === 0 ? null : new RegExp(alternatives.join('|'), 'g')
  return (text) => {
    const withoutUsers = text.replace(userinfo, (match, scheme: string, user: string) =>
      /ssh$/i.test(scheme) && !user.includes(':') ? match : `${scheme}://${mask}@`,
    )
    return pattern === null ? withoutUsers : withoutUsers.replace(pattern, mask)
  }
}
