import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Mailbox } from '../../../src/core/message.ts'
import type { Audience, ReportPolicy } from '../../../src/core/project.ts'
import {
  defaultReportPolicy,
  forEveryKind,
} from '../../../src/core/report/default-report-policy.ts'
import {
  addressReport,
  type Conversation,
  mostRecipients,
} from '../../../src/core/report/report-policy.ts'

function at(address: string, name = ''): Mailbox {
  return { name, address }
}

const ada = at('ada@ada.example', 'Ada Lovelace')
const list = at('frob-devel@lists.example')
const conversation: Conversation = {
  submitter: ada,
  to: [list],
  cc: [at('bob@bob.example', 'Bob'), at('eve@eve.example')],
  isRfc: false,
  isTaggedSkip: false,
  isAutomatic: false,
  list: {
    name: 'frob-devel',
    address: list.address,
    listId: null,
    sources: [],
    archiveUrl: null,
    ignoredPrefixes: [],
  },
  bot: at('bot@ci.example', 'Patchferry'),
  wishes: null,
  otherBots: ['lkp@intel.com', 'syzbot*@*.appspotmail.com'],
  bouncing: [],
  optedOut: [],
  optedIn: [],
}

function policy(audience: Audience, maintainers: readonly Mailbox[] = []): ReportPolicy {
  return { ...defaultReportPolicy(maintainers), audience: forEveryKind(() => audience) }
}

function send(audience: Audience, changes: Partial<Conversation> = {}): unknown {
  return addressReport('failure', policy(audience, [at('max@frob.example')]), {
    ...conversation,
    ...changes,
  })
}

describe('addressReport', () => {
  it('writes to the submitter alone where the policy says author', () => {
    expect(send('author')).toEqual({ outcome: 'send', audience: 'author', to: [ada], cc: [] })
  })

  it('writes to the submitter, the list and the thread where the policy says so', () => {
    expect(send('author-and-list')).toEqual({
      outcome: 'send',
      audience: 'author-and-list',
      to: [ada],
      cc: [list, ...conversation.cc],
    })
  })

  it('adds the list where the mail came to it by another way', () => {
    expect(send('author-and-list', { to: [], cc: [] })).toMatchObject({ to: [ada], cc: [list] })
  })

  it('writes to the maintainers alone where the policy says so', () => {
    expect(send('maintainers')).toMatchObject({ to: [at('max@frob.example')], cc: [] })
  })

  it.each<[string, Audience, Partial<Conversation>, string, RegExp]>([
    ['the policy names nobody', 'nobody', {}, 'nobody', /policy/],
    ['a program wrote the mail', 'author-and-list', { isAutomatic: true }, 'automatic', /program/],
    ['the mail is our own', 'author', { submitter: at('Bot@CI.example') }, 'own-mail', /our own/],
    ['a known bot wrote it', 'author', { submitter: at('LKP@intel.com') }, 'other-bot', /bot/],
    [
      'a bot with a name for each bug wrote it',
      'author',
      { submitter: at('syzbot+4b7@syzkaller.appspotmail.com') },
      'other-bot',
      /bot/,
    ],
    ['its address bounces', 'author', { bouncing: ['ada@ada.example'] }, 'opted-out', /no address/],
    ['our own plus address', 'author', { submitter: at('bot+x@ci.example') }, 'own-mail', /own/],
    ['its author tagged it', 'author', { isTaggedSkip: true }, 'ci-tag', /CI-tag: skip/],
    ['the author opted out', 'author', { optedOut: ['ADA@ada.example'] }, 'opted-out', /wants no/],
    [
      'no maintainer is left',
      'maintainers',
      { optedOut: ['max@frob.example'] },
      'nobody-left',
      /i/,
    ],
    [
      'everybody opted out',
      'author-and-list',
      { to: [], cc: [], optedOut: [ada.address, list.address] },
      'opted-out',
      /opted out/,
    ],
  ])('is quiet when %s', (_name, audience, changes, rule, why) => {
    expect(send(audience, changes)).toEqual({
      outcome: 'quiet',
      rule,
      why: expect.stringMatching(why),
    })
  })

  it('writes to the list when the author opted out of personal mail', () => {
    expect(send('author-and-list', { optedOut: [ada.address] })).toMatchObject({
      to: [list, ...conversation.cc],
      cc: [],
    })
  })

  it('heeds the tag of an author only where the policy does', () => {
    const heedless = { ...policy('author'), heedsCiTag: false }

    expect(
      addressReport('failure', heedless, { ...conversation, isTaggedSkip: true }),
    ).toMatchObject({ to: [ada] })
  })

  describe('where people must ask for reports', () => {
    function asking(audience: Audience): ReportPolicy {
      return { ...policy(audience, [at('max@frob.example')]), needsOptIn: true }
    }

    it('writes to nobody who did not, but to the list and to the maintainers', () => {
      expect(addressReport('failure', asking('author'), conversation)).toMatchObject({
        outcome: 'quiet',
        rule: 'not-opted-in',
      })
      expect(addressReport('failure', asking('author-and-list'), conversation)).toMatchObject({
        to: [list],
        cc: [],
      })
      expect(addressReport('failure', asking('maintainers'), conversation)).toMatchObject({
        to: [at('max@frob.example')],
      })
    })

    it('writes to those who did', () => {
      const optedIn = ['Ada+lists@ada.example', 'bob@bob.example']

      expect(
        addressReport('failure', asking('author-and-list'), { ...conversation, optedIn }),
      ).toMatchObject({ to: [ada], cc: [list, at('bob@bob.example', 'Bob')] })
    })
  })

  it('writes to everybody once, and never to the bot', () => {
    const cc = [at('BOB@bob.example'), at('bob+list@bob.example'), at('bot+1@ci.example'), ada]

    expect(send('author-and-list', { to: [list, at('bob@bob.example')], cc })).toMatchObject({
      to: [ada],
      cc: [list, at('bob@bob.example')],
    })
  })

  it.each([
    'eve@eve.example\r\nBcc: all@world.example',
    'a,b@eve.example',
    '"a b"@eve.example',
    'eve',
    'eve@',
    '<eve@eve.example>',
    'a@b@c.example',
  ])('leaves out %j, which is no plain address', (address) => {
    expect(send('author-and-list', { cc: [at(address)] })).toMatchObject({ cc: [list] })
  })

  it('does not let one mail turn it on a crowd', () => {
    const crowd = Array.from({ length: mostRecipients + 1 }, (_, n) => at(`v${n}@victim.example`))

    expect(send('author-and-list', { to: [], cc: crowd.slice(1) })).toMatchObject({
      cc: [list, ...crowd.slice(1)],
    })
    expect(send('author-and-list', { to: [], cc: crowd })).toMatchObject({ cc: [list] })
  })

  it('writes to nobody who is neither in the thread nor configured', () => {
    const mailbox = fc
      .tuple(
        fc.constantFrom('a', 'b', 'bot', 'bot+1', 'ada', 'A'),
        fc.constantFrom('x.example', 'ci.example'),
      )
      .map(([user, host]) => at(`${user}@${host}`))
    fc.assert(
      fc.property(
        fc.constantFrom<Audience>('author', 'author-and-list', 'maintainers'),
        fc.array(mailbox, { maxLength: 6 }),
        fc.array(mailbox, { maxLength: 6 }),
        fc.array(mailbox, { maxLength: 3 }),
        mailbox,
        (audience, to, cc, out, submitter) => {
          const maintainers = [at('max@frob.example')]
          const optedOut = out.map(({ address }) => address)
          const known = [submitter, list, ...to, ...cc, ...maintainers]

          const found = addressReport('conflict', policy(audience, maintainers), {
            ...conversation,
            submitter,
            to,
            cc,
            optedOut,
          })

          const first = found.outcome === 'send' ? found.to : null
          const written = found.outcome === 'send' ? [...found.to, ...found.cc] : []
          expect(first).not.toEqual([])
          expect(known).toEqual(expect.arrayContaining(written))
          expect(written.filter(({ address }) => /^bot(\+1)?@ci/i.test(address))).toEqual([])
          expect(written.filter(({ address }) => optedOut.includes(address))).toEqual([])
          expect(new Set(written.map(({ address }) => address.toLowerCase())).size).toBe(
            written.length,
          )
        },
      ),
    )
  })
})

describe('the address of an answer', () => {
  const none = { replyTo: [], followUpTo: [], isListClosed: false }
  const home = at('ada@home.example', 'Ada')

  it.each<[string, Partial<Conversation>, readonly string[]]>([
    ['From', { wishes: none }, ['ada@ada.example']],
    ['Reply-To', { wishes: { ...none, replyTo: [home] } }, ['ada@home.example']],
    [
      'From, where a list wrote itself there',
      { wishes: { ...none, replyTo: [list] } },
      [ada.address],
    ],
    [
      'what the list left of Reply-To',
      { wishes: { ...none, replyTo: [list, home] } },
      [home.address],
    ],
    [
      'From, where somebody wrote the bot there',
      { wishes: { ...none, replyTo: [at('bot@ci.example')] } },
      [],
    ],
  ])('is %s', (_, changes, expected) => {
    const found = addressReport('failure', policy('author'), { ...conversation, ...changes })

    expect(found.outcome === 'send' ? found.to.map(({ address }) => address) : []).toEqual(expected)
  })

  it('is none where the author opted out, whatever Reply-To says', () => {
    expect(
      send('author', { optedOut: [ada.address], wishes: { ...none, replyTo: [home] } }),
    ).toMatchObject({ outcome: 'quiet' })
  })

  it('follows Mail-Followup-To on the list, and not in private', () => {
    const wishes = { ...none, followUpTo: [list, at('bob@bob.example')] }

    expect(send('author-and-list', { wishes })).toMatchObject({
      to: [list, at('bob@bob.example')],
      cc: [],
    })
    expect(send('author', { wishes })).toMatchObject({ to: [ada] })
    expect(send('author-and-list', { wishes: { ...none, followUpTo: [ada, list] } })).toMatchObject(
      { to: [ada], cc: [list] },
    )
  })

  it('writes to no list that takes no mail', () => {
    expect(
      send('author-and-list', { wishes: { ...none, isListClosed: true }, to: [] }),
    ).toMatchObject({ to: [ada], cc: conversation.cc })
  })

  it.each([
    'noreply@forge.example',
    'no-reply@forge.example',
    'do_not_reply@forge.example',
    'noreply+ada@forge.example',
    'MAILER-DAEMON@mx.example',
    '123+ada@users.noreply.github.com',
    'ada@laptop.localdomain',
    'ada@example.invalid',
    'lkp@intel.com',
    'ada',
    '',
  ])('leaves %j out', (address) => {
    const found = send('author-and-list', { cc: [at(address), at('bob@bob.example')] })

    expect(found).toMatchObject({ cc: [list, at('bob@bob.example')] })
  })

  it.each(['reply@forge.example', 'norbert@reply.example', 'invalid@ada.example', 'a@localhost'])(
    'does not leave %j out',
    (address) => {
      expect(send('author-and-list', { cc: [at(address)] })).toMatchObject({
        cc: [list, at(address)],
      })
    },
  )

  it('leaves out who bounced too often, and writes to the others', () => {
    expect(send('author-and-list', { bouncing: ['bob@bob.example'] })).toMatchObject({
      to: [ada],
      cc: [list, at('eve@eve.example')],
    })
    expect(send('author-and-list', { bouncing: ['bob+old@bob.example'] })).toMatchObject({
      cc: [list, ...conversation.cc],
    })
  })
})
