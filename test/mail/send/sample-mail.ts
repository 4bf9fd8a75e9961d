import { toMessageId } from '../../../src/core/ids.ts'
import type { OutgoingMail } from '../../../src/core/report/outgoing-mail.ts'

/** An ordinary report, with what transports stumble over: a lone dot, `From `, text beyond ASCII. */
export const sampleMail: OutgoingMail = {
  messageId: toMessageId('patchferry.0123456789abcdef@ci.example'),
  inReplyTo: toMessageId('cover@ada.example'),
  references: [toMessageId('cover@ada.example')],
  from: { name: 'Patchferry', address: 'bot@ci.example' },
  to: [{ name: 'Ada Lövelace', address: 'ada@ada.example' }],
  cc: [{ name: '', address: 'frob-devel@lists.example' }],
  subject: 'Re: [PATCH 0/3] frob: count the widgets',
  date: new Date('2026-11-21T10:00:00Z'),
  text: 'It works.\n\n.\nFrom here on: für alle.\n',
  headers: { 'Auto-Submitted': 'auto-generated' },
}

/** One of many: its last line tells whether it is whole. */
export function numberedMail(n: number, filler = ''): OutgoingMail {
  return {
    ...sampleMail,
    messageId: toMessageId(`patchferry.${n}@ci.example`),
    text: `Mail ${n}\n${filler}end\n`,
  }
}
