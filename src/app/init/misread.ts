import { splitWords } from '../../util/split-words.ts'
import type { Given, Question } from './questions.ts'
import { isImapUrl, isSmtpUrl, readImapUrl, readSmtpUrl } from './server-url.ts'
import { readSecretPlace } from './to-answers.ts'

const noCredentials =
  'has a login in it, which everybody could read: leave it out, and write `user` and `passwordFile` beside `url` into the file afterwards'

const noMirrorLogin =
  'has a login in it, which everybody could read: leave it out, --mirror-user and --mirror-login are asked for'

/** What only a shell would understand of the words of a command. */
const ofShell = /^(?:&&?|\|\|?|;|[<>]{1,2})$|;$/

function misreadCommand(text: string): string | null {
  const words = splitWords(text)
  if (words === null) {
    return 'has a quote that is not closed'
  }
  return words.some((word) => ofShell.test(word))
    ? `needs a shell, and no shell reads it: write sh -c '${text.replaceAll("'", '"')}'`
    : null
}

/** What no configuration could say, because it is not written in these words there. */
export function misread(
  { option, isSecret }: Question,
  answer: string,
  isTyped: boolean,
  given: Given,
): string | null {
  if (
    isSecret === true &&
    !isTyped &&
    readSecretPlace(answer) === null &&
    !answer.startsWith('app:')
  ) {
    return 'is a secret on the command line, where everybody on this machine can read it: write file:PATH or command:WORDS'
  }
  const isUrl = option === 'source' ? isImapUrl(answer) : option === 'delivery' && isSmtpUrl(answer)
  if (isUrl) {
    const read = option === 'source' ? readImapUrl(answer) : readSmtpUrl(answer)
    return read.outcome === 'wrong' ? read.message : null
  }
  if (/^(?:https?:\/\/[^/]*@|\w+:\/\/[^/@]*:[^/@]*@)/i.test(answer)) {
    return option === 'mirror' ? noMirrorLogin : noCredentials
  }
  if (option === 'list-id' && /[\s/<>]/.test(answer)) {
    return 'is no List-Id, such as devel.example.org: mails of the list have it in the header of that name'
  }
  if (option === 'isolation' && /^container:?$/.test(answer)) {
    return 'names no image: write container:IMAGE'
  }
  if (option === 'test') {
    return misreadCommand(answer)
  }
  if (option === 'forge' && !['plain', 'github', 'forgejo', 'gitea'].includes(answer)) {
    return 'is none of plain, github, forgejo and gitea'
  }
  if (option === 'placement' && answer === 'agit' && given.get('forge') === 'github') {
    return 'is not known to GitHub: fork is the nearest'
  }
  const isCommand = option === 'forge-login' && answer.startsWith('command:')
  return isCommand ? 'is a command: a forge’s token is read from a file, write file:PATH' : null
}
