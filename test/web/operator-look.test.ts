import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../src/web/metrics.ts'
import {
  id,
  sampleOutboxRecord,
  sampleSeries,
  sampleSeriesRecord,
  sampleTopicId,
} from '../store/samples.ts'
import { type Dashboard, makeDashboard, visit } from './dashboard.ts'
import { addCrowd, addFleet, hostileName, ids, pumpProject } from './fleet.ts'

async function makeFleet(): Promise<Dashboard> {
  const dashboard = await makeDashboard()
  await addFleet(dashboard.store)
  return dashboard
}

/** What a person reads: no markup, one space at a time. */
function textOf(page: string): string {
  return page
    .replace(/<head>.*?<\/head>|<svg.*?<\/svg>|<header class="top">.*?<\/header>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ')
}

describe('the list of series', () => {
  it('says state, version, verdict, age and submitter of each, last changed first', async () => {
    const text = textOf(await visit(await makeFleet()).page('/'))
    expect(text).toMatch(
      /Testing valve: close before the pump starts Dóra Szél Version v1 Verdict: Failed 2 minutes ago/,
    )
    expect(text.indexOf('valve')).toBeLessThan(text.indexOf('ci: cache'))
    expect(text.indexOf('ci: cache')).toBeLessThan(text.indexOf('Keep the bilge pump'))
  })

  it('is empty before the first mail, and says what to expect', async () => {
    expect(textOf(await visit(await makeDashboard()).page('/'))).toContain('No series yet.')
  })

  it.each([
    ['attention', ['ci: cache'], ['gauge']],
    ['running', ['valve'], ['ci: cache']],
    ['failed', ['gauge', 'Keep the bilge'], ['valve']],
    ['passed', ['script'], ['gauge']],
    ['closed', ['Nothing here'], ['gauge', 'valve']],
    ['nonsense', ['gauge', 'valve'], []],
  ])('can be asked for %s', async (group, wanted, unwanted) => {
    const text = textOf(await visit(await makeFleet()).page(`/?show=${group}`))
    expect(wanted.filter((name) => !text.includes(name))).toEqual([])
    expect(unwanted.filter((name) => text.includes(name))).toEqual([])
  })

  it('is filtered by project, and by nothing where there is one alone', async () => {
    const dashboard = await makeFleet()
    expect(await visit(dashboard).page('/')).not.toContain('Filter by project')
    const projects = [pumpProject, { ...pumpProject, name: 'rudder & tiller' }]
    const two = await makeDashboard({ projects })
    await addFleet(two.store)
    const page = await visit(two).page('/')
    expect(page).toContain('href="/?project=rudder+%26+tiller"')
    expect(textOf(await visit(two).page('/?project=rudder+%26+tiller'))).toContain('Nothing here')
    expect(textOf(await visit(two).page('/?project=pump'))).toContain('valve')
  })

  it('goes on over pages without losing or repeating one', async () => {
    const dashboard = await makeDashboard()
    await addCrowd(dashboard.store, 120)
    const visitor = visit(dashboard)
    const seen: string[] = []
    const links: string[] = []
    for (const page of [1, 2, 3]) {
      const text = await visitor.page(`/?page=${page}`)
      seen.push(...[...text.matchAll(/crowd \d{3}/g)].map(([name]) => name))
      links.push(...[...text.matchAll(/rel="(?:prev|next)" href="[^"]*"/g)].map(([link]) => link))
    }
    expect(seen).toHaveLength(120)
    expect(new Set(seen).size).toBe(120)
    expect([seen[0], seen[119]]).toEqual(['crowd 120', 'crowd 001'])
    expect(links).toEqual([
      'rel="next" href="/?page=2"',
      'rel="prev" href="/"',
      'rel="next" href="/?page=3"',
      'rel="prev" href="/?page=2"',
    ])
  })

  it.each(['0', '-1', 'x', '1e9', '9'.repeat(30), ''])(
    'takes page %j without a fault',
    async (page) => {
      expect((await visit(await makeFleet()).get(`/?page=${page}`)).status).toBe(200)
    },
  )
})

describe('the page of a topic', () => {
  it('tells versions with base, rule, head, how each patch applied, and how to fetch it', async () => {
    const text = textOf(await visit(await makeFleet()).page(`/topics/${ids.pump}`))
    expect(text).toMatch(/v2 shown here 2 of 2 patches/)
    expect(text).toContain('Joined to this topic by the rule reply')
    expect(text).toMatch(/Base 1405df66cb on main by the rule base-commit/)
    expect(text).toContain('base-commit names a known commit')
    expect(text).toContain('1 by 3-way merge, 1 clean')
    expect(text).toContain(
      `git fetch https://git.example.org/pump.git refs/series/${ids.pump}/v2-1`,
    )
  })

  it('shows cover letter, patches with diffs and given trailers', async () => {
    const page = await visit(await makeFleet()).page(`/topics/${ids.pump}`)
    const text = textOf(page)
    expect(text).toContain('Seagull went down')
    expect(text).toMatch(/1\/2 pump: count an unreadable float switch .* by 3-way merge/)
    expect(text).toMatch(/Reviewed-by : Bert Quay <bert@example\.org>/)
    expect(page).toContain('<span class="add">+\tif (level &lt; 0) {\n</span>')
    expect(page).toContain('<span class="del">-\t\treturn level;\n</span>')
  })

  it('shows checks, the red one first, with its step and its log without colours', async () => {
    const text = textOf(await visit(await makeFleet()).page(`/topics/${ids.pump}`))
    expect(text).toMatch(/Failed make check 1 min 23 s .* Failing step: test\/pump-test/)
    expect(text).toContain('not ok 3 - starts_without_float # pump-test.c:5')
    expect(text.indexOf('make check')).toBeLessThan(text.indexOf('lint'))
  })

  it('shows the trail of decisions with rules and inputs', async () => {
    const text = textOf(await visit(await makeFleet()).page(`/topics/${ids.pump}`))
    expect(text).toMatch(/verdict failure: make check v2 · all-checks-in · 2024-05-01 10:00 UTC/)
    expect(text).toMatch(/answers pump-v1-cover@example.org/)
  })

  it('shows mails sent and held back, with their text', async () => {
    const text = textOf(await visit(await makeFleet()).page(`/topics/${ids.pump}`))
    expect(text).toMatch(/Held Re: \[PATCH v2 0\/2\] .* dry run: a person releases reports/)
    expect(text).toContain('v2 fails: make check')
    expect(text).toMatch(/On the list Re: \[PATCH\] mend the pump/)
  })

  it('shows an older version when asked', async () => {
    const visitor = visit(await makeFleet())
    expect(textOf(await visitor.page(`/topics/${ids.pump}?v=1`))).toContain('Patches of v1')
    expect(textOf(await visitor.page(`/topics/${ids.pump}?v=99`))).toContain('Patches of v2')
  })

  it('says what keeps a version, and that nothing of it has run', async () => {
    const text = textOf(await visit(await makeFleet()).page(`/topics/${ids.held}`))
    expect(text).toContain('It changes .github/workflows/check.yml, which CI reads.')
    expect(text).toContain('Log in to approve it')
  })

  it('says where a patch does not apply', async () => {
    const text = textOf(await visit(await makeFleet()).page(`/topics/${ids.conflict}`))
    expect(text).toMatch(/Patch 1 of v1 does not apply on 1405df66cb/)
    expect(text).toContain('Merge conflict in src/gauge.c')
  })

  it('stays small: patches beyond a size are on pages of their own', async () => {
    const huge = `diff --git a/x b/x\n@@ -0,0 +1,100000 @@\n${'+0123456789\n'.repeat(100_000)}`
    const dashboard = await makeDashboard({
      bodies: { body: async () => ({ text: '', commitMessage: '', diff: huge }) },
    })
    await addFleet(dashboard.store)
    const page = await visit(dashboard).page(`/topics/${ids.pump}`)
    expect(page.length).toBeLessThan(1_000_000)
    expect(textOf(page)).toContain('Show this patch on its own')
    const alone = await visit(dashboard).page(
      `/topics/${ids.pump}/patch?id=pump-v2-1%40example.org`,
    )
    expect(textOf(alone)).toContain('95002 more lines are not shown here')
  })

  it.each([
    ['no such topic', `/topics/${sampleTopicId('nobody')}`],
    ['no topic id', '/topics/xyz'],
    ['a path trick', '/topics/..%2f..%2fetc'],
    ['no such patch', `/topics/${ids.pump}/patch?id=ci-1%40example.org`],
    ['no such log', `/topics/${ids.pump}/log?sha=${'0'.repeat(40)}&context=x`],
    ['no commit', `/topics/${ids.pump}/log?sha=x&context=x`],
    ['no such mail', '/mail?id=nobody'],
    ['nothing found', '/find?q=nobody'],
  ])('says politely that there is %s', async (_what, path) => {
    const response = await visit(await makeFleet()).get(path)
    expect(response.status).toBe(404)
    expect(textOf(await response.text())).toMatch(/404 · WEB_NOT_FOUND .* search field/)
  })
})

describe('the other pages', () => {
  it('give a log as plain text', async () => {
    const visitor = visit(await makeFleet())
    const page = await visitor.page(`/topics/${ids.pump}`)
    const path = /href="(\/topics\/[^"]*\/log[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&')
    const response = await visitor.get(path ?? '')
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await response.text()).toContain('not ok 3 - starts_without_float\n')
  })

  it.each([
    ['a patch', 'pump-v2-2@example.org', `/topics/${ids.pump}`],
    ['angle brackets', ' <pump-v1-cover@example.org> ', `/topics/${ids.pump}`],
    ['a topic id', ids.held, `/topics/${ids.held}`],
    ['a reply', 'pump-v2-reply@example.org', '/mail?id=pump-v2-reply%40example.org'],
    ['a report', 'report-pump-v1@example.org', `/topics/${ids.pump}#mails`],
  ])('find %s', async (_what, text, path) => {
    const response = await visit(await makeFleet()).get(`/find?q=${encodeURIComponent(text)}`)
    expect([response.status, response.headers.get('location')]).toEqual([303, path])
  })

  it('show a mail and the topic it belongs to', async () => {
    const page = await visit(await makeFleet()).page('/mail?id=pump-v2-reply%40example.org')
    expect(textOf(page)).toContain('Seen on two boats.')
    expect(page).toContain(`href="/topics/${ids.pump}"`)
  })

  it('show which series no project takes, and why', async () => {
    const fleet = await makeFleet()
    const stranger = sampleSeriesRecord(sampleSeries(id('stranger'), { name: '<b>RFC</b> pump' }), {
      project: null,
      list: null,
      routing: 'list pump-devel ignores the subject prefix RFC',
    })
    await fleet.store.transaction((tx) => tx.replaceSeries([id('stranger')], [stranger]))
    const page = await visit(fleet).page('/ignored')
    expect(textOf(page)).toMatch(/Ignored .* 1 list pump-devel ignores .* <b>RFC<\/b> pump/)
    expect(page).not.toContain('<b>RFC')
    expect(textOf(await visit(await makeFleet()).page('/ignored'))).toContain(
      'Every series belongs',
    )
  })

  it('show why a mail is in quarantine', async () => {
    const text = textOf(await visit(await makeFleet()).page('/quarantine'))
    expect(text).toMatch(/MAIL_NO_HEADERS no header <could> be read .* \/var\/mail\/new\/17/)
  })

  it('show the outbox, first what waits for a person', async () => {
    const visitor = visit(await makeFleet())
    expect(textOf(await visitor.page('/outbox'))).toMatch(/Needs a person 1 .* Held Re: \[PATCH v2/)
    expect(textOf(await visitor.page('/outbox?show=sent'))).toContain('On the list')
    expect(textOf(await visitor.page('/outbox?show=dropped'))).toContain('No mail here.')
  })

  it('open on the mails that wait for the mail server, where none waits for a person', async () => {
    const dashboard = await makeDashboard()
    const note = 'MAIL_SMTP_LOGIN_REFUSED: mail.example.org does not take the login: 535 no'
    await dashboard.store.transaction((tx) =>
      tx.addToOutbox(sampleOutboxRecord('report', { note, offeredAt: new Date(0) })),
    )
    const text = textOf(await visit(dashboard).page('/outbox'))
    expect(text).toMatch(/The mail server refuses the login\. .* Needs a person 0 Under way 1 /)
    expect(text).toContain('mail.example.org does not take the login: 535 no')
    const asked = textOf(await visit(dashboard).page('/outbox?show=waiting'))
    expect(asked).toContain('No mail here.')
  })

  it('show health and the work under way', async () => {
    const text = textOf(await visit(await makeFleet()).page('/status'))
    expect(text).toContain('quarantine 1 mail of the last seven days could not be read.')
    expect(text).toContain('Jobs waiting 0')
  })

  it('say on top what is wrong, and what to do one click away', async () => {
    const visitor = visit(await makeFleet())
    const page = await visitor.page('/outbox')
    expect(textOf(page)).toMatch(
      /Something needs you\. quarantine : 1 mail of the last seven days could not be read\. The newest came by \S+: MAIL_[A-Z_]+\. What to do/,
    )
    expect(page).toMatch(/<aside class="note bad alarm"[^]*<a href="\/status">/)
    expect(await visitor.page('/status')).not.toContain('class="note bad alarm"')
    expect(await visit(await makeDashboard()).page('/')).not.toContain('class="note bad alarm"')
  })

  it('name who is not written to because reports bounced, escaped', async () => {
    const dashboard = await makeDashboard()
    expect(await visit(dashboard).page('/status')).not.toContain('Not written to')
    const now = dashboard.options.clock()
    await dashboard.store.transaction((tx) =>
      tx.addHumanDecision({
        at: now,
        by: 'patchferry',
        decision: {
          kind: 'silence',
          address: '<b>gone</b>@ada.example',
          until: new Date(now.getTime() + 86_400_000),
        },
      }),
    )

    const page = await visit(dashboard).page('/status')

    expect(textOf(page)).toMatch(/Not written to .*<b>gone<\/b>@ada\.example until/)
    expect(page).not.toContain('<b>gone')
  })

  it('give health as JSON and metrics as text', async () => {
    const visitor = visit(await makeFleet())
    expect(await (await visitor.get('/health')).json()).toMatchObject({ status: 'bad' })
    const metrics = await visitor.get('/metrics')
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await metrics.text()
    expect(text).toContain('patchferry_outbox_mails{state="held"} 1')
    expect(text).toContain('patchferry_messages 11')
    expect(text).toContain('patchferry_condition_bad{condition="quarantine",subject=""} 1')
    expect(text).toContain('process_open_fds')
  })

  it('serve stylesheet and mark under names that change with them', async () => {
    const visitor = visit(await makeFleet())
    const page = await visitor.page('/')
    for (const type of ['text/css', 'image/svg+xml']) {
      const path = new RegExp(`"(/assets/[^"]*${type.includes('css') ? 'css' : 'svg'})"`).exec(page)
      const response = await visitor.get(path?.[1] ?? '')
      expect(response.headers.get('content-type')).toContain(type)
      expect(response.headers.get('cache-control')).toContain('immutable')
    }
  })
})

const everyPage = [
  '/',
  `/topics/${ids.pump}`,
  `/topics/${ids.hostile}`,
  `/topics/${ids.held}`,
  `/topics/${ids.hostile}/patch?id=hostile-1%40example.org`,
  '/outbox',
  '/quarantine',
  '/ignored',
  '/status',
  '/login',
  '/mail?id=pump-v2-reply%40example.org',
  '/nowhere',
  `/find?q=${encodeURIComponent(hostileName.slice(0, 300))}`,
]

describe.each(everyPage)('every page (%s)', (path) => {
  it('lets nothing of a mail be markup', async () => {
    const page = await visit(await makeFleet()).page(path)
    expect(page).not.toMatch(/<script|<img src=x|\son\w+="/i)
    expect(page).not.toMatch(/[\u202A-\u202E]/)
    expect(page.length).toBeLessThan(100_000)
  })

  it('asks for nothing from elsewhere, and says so to the browser', async () => {
    const response = await visit(await makeFleet()).get(path)
    const page = await response.text()
    const loaded = [...page.matchAll(/<(?:link|img|script|iframe)[^>]*(?:href|src)="([^"]*)"/g)]
    expect(loaded.map(([, address]) => address).filter((a) => !a?.startsWith('/assets/'))).toEqual(
      [],
    )
    expect(page).not.toMatch(/ style="/)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy':
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    })
  })

  it('has one first heading, a language, labels for its fields, and closes what it opens', async () => {
    const page = await visit(await makeFleet()).page(path)
    expect(page.match(/<h1[ >]/g)).toHaveLength(1)
    expect(page).toContain('<html lang="en">')
    const fields = [...page.matchAll(/<input id="([^"]*)"/g)].map(([, name]) => name)
    expect(
      fields.filter(
        (name) =>
          !page.includes(`<label class="unseen" for="${name}"`) &&
          !page.includes(`<label for="${name}"`),
      ),
    ).toEqual([])
    expect(unbalanced(page)).toEqual([])
  })
})

/** Elements that are opened and not closed, or the other way around, in order. */
function unbalanced(page: string): readonly string[] {
  const open: string[] = []
  const wrong: string[] = []
  const empty = new Set(['meta', 'link', 'input', 'img', 'br', 'path', 'circle'])
  for (const [, slash, name = '', self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
    if (empty.has(name) || self === '/') {
      continue
    }
    if (slash === '') {
      open.push(name)
    } else if (open.pop() !== name) {
      wrong.push(name)
    }
  }
  return [...wrong, ...open]
}

describe('the host of a request', () => {
  it.each([
    ['127.0.0.1:8081', 200],
    ['localhost', 200],
    ['LOCALHOST.:1', 200],
    ['[::1]:8081', 200],
    ['ferry.example.org', 200],
    ['evil.example.com', 421],
    ['127.0.0.1.evil.example.com', 421],
    ['localhost@evil.example.com', 421],
    ['', 421],
  ])('%s is answered with %i', async (host, status) => {
    const dashboard = await makeDashboard({ hosts: ['ferry.example.org'] })
    const response = await visit(dashboard).get('/metrics', { host })
    expect(response.status).toBe(status)
  })

  it('that is not ours gets an explanation and nothing else', async () => {
    const response = await visit(await makeFleet()).get('/', { host: 'evil.example.com' })
    const text = await response.text()
    expect(text).toContain('WEB_HOST')
    expect(text).toContain('hosts of the operator listener')
    expect(text).not.toContain('pump')
  })

  it('answers for the address it listens on, but not for all of them', async () => {
    const lan = await makeDashboard({ host: '192.0.2.7' })
    expect((await visit(lan).get('/', { host: '192.0.2.7:80' })).status).toBe(200)
    const all = await makeDashboard({ host: '0.0.0.0' })
    expect((await visit(all).get('/', { host: '0.0.0.0' })).status).toBe(421)
  })
})

describe('a store that cannot be read', () => {
  it('gives a page with what to do, and the log the reason', async () => {
    const broken = await makeDashboard({
      store: { read: () => Promise.reject(new Error('disk I/O error in /srv/store')) },
    })
    const response = await visit(broken).get('/')
    expect(response.status).toBe(500)
    const page = await response.text()
    expect(textOf(page)).toContain('WEB_FAULT')
    expect(page).not.toContain('/srv/store')
    const id = /log id ([0-9a-f]{8})/.exec(page)?.[1]
    const written = broken.log.lines.find((line) => line['id'] === id)
    expect(JSON.stringify(written)).toContain('disk I/O error')
  })

  it('leaves the metrics that need none', async () => {
    const { options } = await makeDashboard()
    const store = { read: () => Promise.reject(new Error('gone')) }
    const text = await createMetrics(store, options.health).text()
    expect(text).toContain('process_resident_memory_bytes')
    expect(text).toContain('patchferry_condition_bad{condition="store",subject=""} 0')
    expect(text).not.toContain('patchferry_jobs{')
  })
})
