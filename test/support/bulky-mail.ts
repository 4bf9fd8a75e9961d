/** A mail of about 8 KB that does not compress. */
export function bulkyMail(text: string): string {
  const noise = Array.from({ length: 400 }, () => Math.random().toString(36)).join('\n')
  return `From: A <a@example.org>\nSubject: ${text}\nMessage-ID: <${text}@example.org>\n\n${noise}\n`
}
