import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultReportPolicy, forEveryKind } from '../../src/core/default-report-policy.ts'
import type { Mailbox } from '../../src/core/message.ts'
import type { Audience, ReportPolicy } from '../../src/core/project.ts'
import { addressReport, type Conversation, mostRecipients } from '../../src/core/report-policy.ts'

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
  list: { name: 'frob-devel', address: list.address, listId: null, sources: [] },
  bot: at('bot@ci.example', 'Patchferry'),
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
