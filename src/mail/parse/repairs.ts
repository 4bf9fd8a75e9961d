/**
 * What the parser does differently from `git am`, each with what it means for a person. A mail whose `repairs` are
 * empty is read exactly as git reads it.
 */
export const mailRepairs = {
  'unmunged-from-in-body': 'A list wrote over From; the in-body From tells who sent the mail.',
  'unmunged-from-x-original-from':
    'A list wrote over From; X-Original-From tells who sent the mail.',
  'unmunged-from-wrapped-mail':
    'A list wrote over From; the mail that it wrapped tells who sent it.',
  'unmunged-from-reply-to': 'A list wrote over From; Reply-To or Cc tells who sent the mail.',
  'unmunged-from-envelope':
    'A list wrote over From; the envelope sender that it noted tells who sent the mail.',
  'unmunged-from-address':
    'A list wrote over From; the address that it put in still holds the one of the sender.',
  'unmunged-from-arc':
    'A list wrote over From; the ARC results of the first hop tell who sent the mail.',
  'attached-mail': 'The patch, its author and its message are those of an attached patch mail.',
  mercurial: 'Author, date and message are those of a Mercurial changeset.',
  'not-flowed': 'The mail says format=flowed, but its patch is not: it was taken as it is.',
  'stuffed-only': 'The mail says format=flowed; of that only the blanks before lines were undone.',
  'mime-parts':
    'git would take what is no text of the mail for some: the parts were read by the rules of MIME.',
  'clear-signed': 'The text was taken out of an OpenPGP cleartext signature.',
  unpacked: 'The attached patch was compressed.',
  boundaries: 'The mail has parts nested more deeply than git reads.',
  charset: 'The declared charset is not known, or the message is not of it: it was guessed.',
  'encoded-words':
    'A header field holds an encoded word that is broken: it was read as far as it goes.',
  'date-from-transport':
    'There is no usable Date: the earliest Received was taken, else the epoch.',
  'date-from-header': 'The patch has no usable date: the Date of the mail was taken.',
  'charset-guessed': 'Text is shown in a guessed charset; git is given the bytes as they came.',
} as const

export type RepairName = keyof typeof mailRepairs
