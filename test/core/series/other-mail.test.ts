import { describe, expect, it } from 'vitest'
import { assembleAll, seriesOf } from '../../support/describe-series.ts'
import { firstVersion, id, type MailSketch, mail } from '../../support/make-message.ts'

describe('the other mails of a thread', () => {
  it.each<[string, readonly MailSketch[], string, string]>([
    ['a review', [...firstVersion, mail('r', 'Re: [PATCH 1/2] net: one', 'a')], 'r', 'reply'],
    [
      'a reply with a diff',
      [...firstVersion, mail('r', 'Re: [PATCH 1/2] x', 'a', { patch: true })],
      'r',
      'reply',
    ],
    [
      'a reply in German',
      [...firstVersion, mail('r', 'AW: [PATCH 1/2] x', 'a', { patch: true })],
      'r',
      'reply',
    ],
    ['a reply to nothing that is here', [mail('r', 'Re: [PATCH] x', 'lost')], 'r', 'reply'],
    ['a reply without Re:', [...firstVersion, mail('r', 'thanks', 'a')], 'r', 'reply'],
    [
      'a reply to a cover with its very subject',
      [...firstVersion, mail('r', '[PATCH 0/2] topic', 'c', { by: 'bob' })],
      'r',
      'reply',
    ],
    ['a cover alone', [mail('c', '[PATCH v5 0/4] s')], 'c', 'cover-only'],
    ['a question', [mail('q', 'how does one?')], 'q', 'not-a-patch'],
    [
      'a patch without a diff',
      [mail('q', '[PATCH] x', null, { patch: false })],
      'q',
      'not-a-patch',
    ],
    [
      'a pull request',
      [
        mail('p', '[GIT PULL] fixes', null, {
          patch: false,
          pull: { url: 'u', ref: 'r', sha: null },
        }),
      ],
      'p',
      'pull-request',
    ],
    [
      'a pull request numbered as a cover, without patches',
      [mail('p', '[PULL 00/28] fixes', null, { pull: { url: 'u', ref: 'r', sha: null } })],
      'p',
      'pull-request',
    ],
    [
      'a bug report that a patch answers',
      [mail('q', 'it crashes', null, { by: 'bob' }), mail('a', '[PATCH] x', 'q')],
      'q',
      'not-a-patch',
    ],
  ])('%s', (_what, mails, local, kind) => {
    const { others } = assembleAll(mails)
    expect(others).toContainEqual({ messageId: id(local), kind, reason: expect.any(String) })
  })

  it('are replies of the series whose mail they answer, oldest first', () => {
    expect(
      seriesOf(
        ...firstVersion,
        mail('s', 'Re: [PATCH 0/2] topic', 'r', { minute: 30 }),
        mail('r', 'Re: [PATCH 0/2] topic', 'c', { minute: 20 }),
        mail('t', 'Re: [PATCH 2/2] net: two', 'b', { minute: 25 }),
      ),
    ).toEqual(['v1 of 2: c 1=a 2=b r=r r=t r=s'])
  })

  it('are not given to an older series by a cover that waits for its patches', () => {
    expect(
      seriesOf(
        ...firstVersion,
        mail('c2', '[PATCH v2 0/2] topic', 'c', { minute: 30 }),
        mail('r', 'Re: [PATCH v2 0/2] topic', 'c2', { minute: 31 }),
      ),
    ).toEqual(['v1 of 2: c 1=a 2=b r=c2'])
  })
})
