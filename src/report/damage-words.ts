import type { Damage, DamageKind } from '../core/patch/damage.ts'
import type { MailProgram } from '../core/patch/mail-program.ts'
import type { Refusal, RefusalKind } from '../core/refusal.ts'
import { plainLine } from './plain-text.ts'

/** One sentence about what happened to the patch. */
const damageWords: Readonly<Record<DamageKind, string>> = {
  'wrapped-lines': 'Long lines were broken in two.',
  html: 'It went through HTML, which changes characters such as < and &.',
  flowed: 'It was sent as format=flowed, which joins and breaks lines.',
  quoted: 'Its lines begin with ">", as in a reply.',
  truncated: 'It ends too early: the last lines are missing.',
  'hunk-counts': 'A hunk has other lines than its header announces, as after editing by hand.',
  'tabs-to-spaces': 'Tabs became spaces; the file itself has tabs here.',
  'no-break-spaces': 'Some blanks became no-break spaces (U+00A0), which look the same.',
  'line-ends': 'The file has CRLF line ends, and in the mail they became plain ones.',
  'trailing-blanks': 'Blanks at the ends of lines were lost.',
  blanks: 'Blanks within lines were changed.',
}

/** Short names for the first line: completes `arrived damaged: …`. */
const damageNames: Readonly<Record<DamageKind, string>> = {
  'wrapped-lines': 'lines were wrapped',
  html: 'it was sent as HTML',
  flowed: 'it was sent as format=flowed',
  quoted: 'it is quoted',
  truncated: 'its end is missing',
  'hunk-counts': 'its hunks are not whole',
  'tabs-to-spaces': 'tabs became spaces',
  'no-break-spaces': 'spaces became no-break spaces',
  'line-ends': 'its line ends were changed',
  'trailing-blanks': 'blanks were lost',
  blanks: 'blanks were changed',
}

export function damageSentence({ kind }: Damage): string {
  return damageWords[kind]
}

export function damageName({ kind }: Damage): string {
  return damageNames[kind]
}

interface RefusalWords {
  readonly what: (path: string) => string
  readonly remedy: string
}

const refusals: Readonly<Record<RefusalKind, RefusalWords>> = {
  'path-git': {
    what: (path) => `it writes to ${path}, and git never touches what is called .git`,
    remedy: 'please leave that file out: what lies in .git belongs to each clone alone.',
  },
  'path-outside': {
    what: (path) => `it writes to ${path}, which is no path inside the project`,
    remedy:
      'please make it with "git format-patch" at the top of the project; it names files from there.',
  },
  'path-symlink': {
    what: (path) => `it writes to ${path}, which lies behind a symbolic link`,
    remedy: 'please change the file where it really is, or replace the link in a patch of its own.',
  },
  'path-control': {
    what: (path) => `it makes ${path}, whose name has control characters`,
    remedy: 'please give the file another name.',
  },
  'path-long': {
    what: (path) => `it names ${path}, which is longer than file systems take`,
    remedy: 'please give the file a shorter name.',
  },
  'path-absolute': {
    what: (path) => `it writes to ${path}, which is an absolute path on Windows`,
    remedy:
      'please make it with "git format-patch" at the top of the project; it names files from there.',
  },
  submodule: {
    what: (path) => `what it writes to ${path} would have git do more than fetch a submodule`,
    remedy:
      'please use a plain address and a plain path inside the project; "git fsck" says what git thinks of the file.',
  },
  attributes: {
    what: (path) => `git could not read ${path} as attributes, and forges refuse it`,
    remedy:
      'please make .gitattributes a file with lines of at most 2,047 bytes; "git fsck" says what git thinks of it.',
  },
  'folder-mode': {
    what: (path) => `it gives ${path} the mode of a folder`,
    remedy: 'please make it with "git format-patch" and send that file as it is.',
  },
  'too-large': {
    what: (path) => `it makes more data than we take (at ${path})`,
    remedy: 'please split it, and leave out what can be generated.',
  },
  'no-author': {
    what: () => 'it does not say who wrote it',
    remedy:
      'please tell git who you are and make the mail again:\n\n    git config user.name "Your Name"\n    git config user.email you@example.org\n    git commit --amend --reset-author --no-edit\n    git format-patch -1',
  },
  'binary-left-out': {
    what: (path) => `the content of ${path} is not in the mail, only that it differs`,
    remedy: 'please make it with "git format-patch", which puts binary files in whole.',
  },
  'no-diff': {
    what: () => 'there is no diff in it that git can read',
    remedy: 'please make it with "git format-patch" and send that file as it is.',
  },
}

/** Completes `git takes no such patch: …`. */
export function refusalWords({ kind, path }: Refusal): string {
  return refusals[kind].what(path === null ? 'a file' : plainLine(path))
}

export function refusalRemedy({ kind }: Refusal): string {
  return refusals[kind].remedy
}

/** How to get a patch through each program unchanged. */
const advice: Readonly<Record<MailProgram, string>> = {
  'git-send-email':
    'This one came from git send-email, which changes nothing: most likely the file was edited after "git format-patch", or a mail server on the way changed it.',
  thunderbird:
    'Thunderbird wraps lines and sends HTML unless told not to: write in plain text, set mailnews.wraplength to 0 and mailnews.send_plaintext_flowed to false in the Config Editor, and do not paste patches, which turns tabs into spaces.',
  'k-9':
    'K-9 Mail and Thunderbird on a phone wrap what is pasted into them, and cannot be told not to: please send patches from where git is.',
  gmail:
    "Gmail's web page wraps lines and turns tabs into spaces, and cannot be told not to. git send-email can send through Gmail with an app password.",
  outlook:
    'Outlook changes blanks and wraps lines, and cannot be told not to. git send-email can send through the same account where SMTP is allowed.',
  exchange:
    'This one went through an Exchange server, which is known to rewrite plain text on its way.',
  'apple-mail':
    'Apple Mail sends format=flowed and changes blanks, and cannot be told not to. git send-email can send through the same account.',
  mutt: 'In mutt, "mutt -H FILE" sends a patch as it is; "set text_flowed=no" keeps it from being flowed.',
  evolution:
    'In Evolution choose the paragraph style "Preformatted" before inserting the patch from its file.',
  kmail: 'In KMail switch off word wrap, and insert the patch with "Insert file".',
  claws: 'In Claws Mail switch off wrapping, and insert the patch from its file.',
  proton: "Proton Mail's web page sends HTML; git send-email can send through Proton Mail Bridge.",
}

export function programAdvice(program: MailProgram): string {
  return advice[program]
}
