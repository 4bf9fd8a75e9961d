import { describe, expect, it } from 'vitest'
import { parsePatchSubject, readSubject } from '../../../src/core/series/subject.ts'

describe('the subject of a patch mail', () => {
  it.each<[string, readonly (number | null)[], readonly string[], string?]>([
    ['[PATCH] x', [1, null, null], []],
    ['[PATCH 01/12] x', [1, 1, 12], []],
    ['[PATCH v3 2/7] net: x', [3, 2, 7], [], 'net: x'],
    ['[RFC PATCH net-next v2 0/4] x', [2, 0, 4], ['RFC', 'net-next']],
    ['[linux-block] [PATCH 01/12] x', [1, 1, 12], ['linux-block']],
    ['[libvirt]  [PATCH v2] x', [2, null, null], ['libvirt']],
    ['[staging/HTTPS-TLS][PATCH 1/2] x', [1, 1, 2], ['staging/HTTPS-TLS']],
    ['[net,v2,1/2] x', [2, 1, 2], ['net']],
    ['[PATCH bpf-next/net] x', [1, null, null], ['bpf-next/net']],
    ['[Patch 2/2]: x', [1, 2, 2], []],
    ['[PATCH 1 of 2] x', [1, 1, 2], []],
    ['[PATCH 0 of 2 V2 stable] x', [2, 0, 2], ['stable']],
    ['[PATCHv3 1/2] x', [3, 1, 2], []],
    ['[PATCH-v4 1/2] x', [4, 1, 2], []],
    ['[PATCH V2 1/2] x', [2, 1, 2], []],
    ['[V2,1/2] x', [2, 1, 2], []],
    ['[PATCH][v2][1/2] x', [2, 1, 2], []],
    ['[v2 PATCH 1/2] x', [2, 1, 2], []],
    ['[RFCv2 1/2] x', [2, 1, 2], ['RFC']],
    ['[RFC/PATCHv3 1/2] x', [3, 1, 2], ['RFC']],
    ['[PATCH/RFC v3 1/2] x', [3, 1, 2], ['RFC']],
    ['[PATCH:v2:1/2] x', [2, 1, 2], []],
    ['[PATCH(1/2)] x', [1, 1, 2], []],
    ['[PATCH1/2] x', [1, 1, 2], []],
    ['[PATCH 1/2] x (v4)', [4, 1, 2], [], 'x (v4)'],
    ['[PATCH v5 1/2] x (v4)', [5, 1, 2], [], 'x (v4)'],
    ['[PATCH v2 RESEND 1/2] x', [2, 1, 2], ['RESEND']],
    ['[PATCH v5.4 v2 1/2] x', [2, 1, 2], ['v5.4']],
    ['[PATCH 5.4 01/20] x', [1, 1, 20], ['5.4']],
    ['[PULL 03/15] x', [1, 3, 15], ['PULL']],
    ['[PATCH [net] 1/2] x', [1, 1, 2], ['net']],
    ['[PATCHSET v2 cgroup/for-6.1] x', [2, null, null], ['cgroup/for-6.1']],
    ['[PATCH] [v2] 1/2 x', [2, 1, 2], []],
    ['[PATCH] 1/2: x', [1, 1, 2], []],
    ['[PATCH] 24/7 x', [1, null, null], [], '24/7 x'],
    ['[PATCH 1/2] 2/3 x', [1, 1, 2], [], '2/3 x'],
    ['[PATCHv21/2] x', [2, 1, 2], []],
    ['[PATCHv210/12] x', [2, 10, 12], []],
    ['[PATCHv2RFC 1/2]x', [2, 1, 2], ['RFC']],
    ['[RFCPATCH v2] x', [2, null, null], ['RFC']],
    ['[PATCH ver2 1/2] x', [2, 1, 2], []],
    ['[PATCH version 2, 1/2] x', [2, 1, 2], []],
    ['[PATCH][take 3] x', [3, null, null], []],
    ['[PATCH] [take2] x', [2, null, null], []],
    ['[PATCH rev2] x', [2, null, null], []],
    ['[PATCH r2 1/2] x', [2, 1, 2], []],
    ['[PATCH r8169 1/2] x', [1, 1, 2], ['r8169']],
    ['[PATCH -v3 1/2] x', [3, 1, 2], []],
    ['[PATCH -mm 1/2] x', [1, 1, 2], ['-mm']],
    ['[PATCH_v2_1/2] x', [2, 1, 2], []],
    ['[PATCH 1/2v2] x', [2, 1, 2], []],
    ['[PATCH 1/2, v2] x', [2, 1, 2], []],
    ['[PATCH v2,1/2] x', [2, 1, 2], []],
    ['[v2PATCH1/4] x', [2, 1, 4], []],
    ['[PATCH1 of 8] x', [1, 1, 8], []],
    ['[PATCH v5.10 1/2] x', [1, 1, 2], ['v5.10']],
    ['[PATCH v2 1/2][RESEND] x', [2, 1, 2], ['RESEND']],
    ['PATCH v2 1/2: x', [2, 1, 2], []],
    ['PATCH [1/2] x', [1, 1, 2], []],
    ['EXTERNAL: [PATCH v2 1/2] x', [2, 1, 2], ['EXTERNAL']],
    ['*** SPAM *** [PATCH v2 1/2] x', [2, 1, 2], ['SPAM']],
    ['{Spam?} [PATCH v2 1/2] x', [2, 1, 2], []],
    ['RESEND: [PATCH 1/2] x', [1, 1, 2], ['RESEND']],
    ['v2: [PATCH 1/2] x', [2, 1, 2], []],
  ])(
    'reads version, counter and prefixes of %s',
    (subject, [version, number, total], prefixes, title = 'x') => {
      expect(parsePatchSubject(subject)).toMatchObject({
        isReply: false,
        version,
        minor: 0,
        number,
        total,
        prefixes,
        title,
      })
    },
  )

  it.each(['[PATCH v2] x', '[PATCH v1] x', '[PATCH] x (v2)'])('sees that %s states one', (text) => {
    expect(readSubject(text).statesVersion).toBe(true)
  })

  it('tells a version that is not written from v1', () => {
    expect(readSubject('[PATCH 1/2] x')).toMatchObject({ version: 1, statesVersion: false })
  })

  it('reads a minor version', () => {
    expect(parsePatchSubject('[PATCH v5.1 10/12] x')).toMatchObject({ version: 5, minor: 1 })
  })

  it.each([
    'Re: [PATCH] x',
    'Re [PATCH] x',
    '[EXT] Re: [PATCH] x',
    'EXTERNAL: Re: [PATCH] x',
    'RE: [PATCH] x',
    'Re: Re[2]: [PATCH] x',
    'AW: [PATCH] x',
    'Antw: [PATCH] x',
    'SV: [PATCH] x',
    'Fwd: [PATCH] x',
    '[list] Re: [PATCH] x',
    '回复：[PATCH] x',
    'Réf : [PATCH] x',
    'R: [PATCH] x',
  ])('knows %s for a reply', (subject) => {
    expect(parsePatchSubject(subject)).toMatchObject({ isReply: true, title: 'x' })
  })

  it.each([
    '[PATCH] tr: fix the reader',
    '[PATCH] re: a title',
    '[PATCH] Re-enable it',
    'MIPS: [PATCH] x',
  ])('does not take %s for a reply', (subject) => {
    expect(readSubject(subject).isReply).toBe(false)
  })

  it.each(['Re: hello', 'hello', '[PATCHES] x', '[PATCH open', '[3/4/5] x', '[1/99999] x'])(
    'finds no patch named by %s',
    (subject) => {
      expect(parsePatchSubject(subject)).toBeNull()
    },
  )

  it('keeps a title as it is, folded to one line', () => {
    expect(readSubject('[a] [PATCH 1/2]\n  net: [x] fix\tthat').title).toBe('net: [x] fix that')
  })
})
