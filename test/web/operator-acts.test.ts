import { describe, expect, it } from 'vitest'
import { type Dashboard, fieldOf, makeDashboard, type Visitor, visit } from './dashboard.ts'
import { addFleet, heldHead, ids } from './fleet.ts'

async function makeFleet(): Promise<Dashboard> {
  const dashboard = await makeDashboard()
  await addFleet(dashboard.store)
  return dashboard
}

async function comeIn(dashboard: Dashboard): Promise<{ visitor: Visitor; csrf: string }> {
  const visitor = visit(dashboard)
  await visitor.logIn()
  return { visitor, csrf: fieldOf(await visitor.page('/'), 'csrf') }
}

/** Every act with a complete form, and how the flow is asked for it. */
const acts = [
  [
    `/topics/${ids.held}/approve`,
    { version: '1', head: heldHead },
    ['approve', ids.held, { version: '1', head: heldHead }, 'dana'],
  ],
  [`/topics/${ids.held}/approve`, {}, ['approve', ids.held, { version: null, head: null }, 'dana']],
  [`/topics/${ids.pump}/retest`, { version: '2' }, ['retest', ids.pump, '2', 'dana']],
  [
    `/topics/${ids.pump}/withdraw`,
    { reason: '  not\nneeded  ' },
    ['withdraw', ids.pump, 'not needed', 'dana'],
  ],
  [
    `/topics/${ids.pump}/link`,
    { mail: 'a@b.example', to: ' 1a2b3c4d5e6f ', reason: 'renamed' },
    ['link', 'a@b.example', '1a2b3c4d5e6f', 'renamed', 'dana'],
  ],
  [
    `/topics/${ids.pump}/unlink`,
    { mail: '<a@b.example>', reason: 'other' },
    ['link', 'a@b.example', null, 'other', 'dana'],
  ],
  [
    `/topics/${ids.pump}/split`,
    { mail: 'a@b.example', to: '', reason: 'other' },
    ['split', 'a@b.example', null, 'other', 'dana'],
  ],
  [
    `/topics/${ids.pump}/undo-link`,
    { mail: 'a@b.example', reason: 'wrong' },
    ['undo', 'link', 'a@b.example', 'wrong', 'dana'],
  ],
  [
    `/topics/${ids.pump}/undo-split`,
    { mail: 'a@b.example', reason: 'wrong' },
    ['undo', 'split', 'a@b.example', 'wrong', 'dana'],
  ],
  ['/outbox/release', { key: 'pump-v2', reason: 'fine' }, ['release', 'pump-v2', 'fine', 'dana']],
  ['/outbox/drop', { key: 'pump-v2', reason: 'wrong' }, ['drop', 'pump-v2', 'wrong', 'dana']],
] as const

describe.each(acts)('POST %s', (path, fields, asked) => {
  it('asks for the act in the name of the token', async () => {
    const dashboard = await makeFleet()
    const { visitor, csrf } = await comeIn(dashboard)
    expect((await visitor.post(path, { ...fields, csrf })).status).toBe(303)
    expect(dashboard.asked).toEqual([asked])
  })

  it('does nothing without a login', async () => {
    const dashboard = await makeFleet()
    const response = await visit(dashboard).post(path, { ...fields, csrf: 'x' })
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('href="/login')
    expect(dashboard.asked).toEqual([])
  })

  it.each([
    ['no token of the form', () => ({})],
    ['a wrong one', () => ({ csrf: 'x' })],
  ])('does nothing with %s', async (_what, wrong) => {
    const dashboard = await makeFleet()
    const { visitor } = await comeIn(dashboard)
    const response = await visitor.post(path, { ...fields, ...wrong() })
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('WEB_FORM')
    expect(dashboard.asked).toEqual([])
  })

  it('does nothing with the token of another session', async () => {
    const dashboard = await makeFleet()
    const { csrf } = await comeIn(dashboard)
    const { visitor } = await comeIn(dashboard)
    expect((await visitor.post(path, { ...fields, csrf })).status).toBe(403)
    expect(dashboard.asked).toEqual([])
  })

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
    ['a page of evil.example.com', { origin: 'https://evil.example.com' }],
    ['a sandboxed page', { origin: 'null' }],
    ['a form of another kind', { 'content-type': 'text/plain' }],
  ])('does nothing that comes from %s', async (_what, headers) => {
    const dashboard = await makeFleet()
    const { visitor, csrf } = await comeIn(dashboard)
    expect((await visitor.post(path, { ...fields, csrf }, headers)).status).toBe(403)
    expect(dashboard.asked).toEqual([])
  })

  it('does nothing when it is only looked at', async () => {
    const dashboard = await makeFleet()
    const { visitor } = await comeIn(dashboard)
    expect((await visitor.get(path)).status).toBe(404)
    expect(dashboard.asked).toEqual([])
  })
})

describe('an act', () => {
  it('is taken from our own page', async () => {
    const dashboard = await makeFleet()
    const { visitor, csrf } = await comeIn(dashboard)
    const headers = { origin: 'http://127.0.0.1:8081', 'sec-fetch-site': 'same-origin' }
    const response = await visitor.post(`/topics/${ids.pump}/retest`, { csrf }, headers)
    expect(response.status).toBe(303)
  })

  it('says once what came of it', async () => {
    const dashboard = await makeFleet()
    const { visitor, csrf } = await comeIn(dashboard)
    dashboard.answer({ outcome: 'done', message: 'v2 is tested again.' })
    const response = await visitor.post(`/topics/${ids.pump}/retest`, { csrf })
    const path = response.headers.get('location') ?? ''
    expect(path).toBe(`/topics/${ids.pump}`)
    expect(await visitor.page(path)).toContain('v2 is tested again.')
    expect(await visitor.page(path)).not.toContain('v2 is tested again.')
  })

  it('says why it was refused', async () => {
    const dashboard = await makeFleet()
    const { visitor, csrf } = await comeIn(dashboard)
    dashboard.answer({ outcome: 'refused', message: 'A newer <v3> came in.' })
    await visitor.post(`/topics/${ids.held}/approve`, { csrf })
    const page = await visitor.page(`/topics/${ids.held}`)
    expect(page).toContain('<strong>Not done.</strong> <bdi>A newer &lt;v3&gt; came in.</bdi>')
  })

  it.each([
    [`/topics/${ids.pump}/withdraw`, {}],
    [`/topics/${ids.pump}/link`, { mail: 'a@b.example', to: 'c@d.example' }],
    [`/topics/${ids.pump}/split`, { mail: 'a@b.example', reason: ' ' }],
    [`/topics/${ids.pump}/withdraw`, { reason: '   ' }],
    ['/outbox/release', { key: 'pump-v2' }],
    ['/outbox/drop', { key: 'pump-v2', reason: '' }],
  ])('that needs a reason gets one: %s %j', async (path, fields) => {
    const dashboard = await makeFleet()
    const { visitor, csrf } = await comeIn(dashboard)
    await visitor.post(path, { ...fields, csrf })
    expect(dashboard.asked).toEqual([])
    expect(await visitor.page('/')).toContain('A reason has to be given.')
  })

  it('leads back to the page it was asked for on, never elsewhere', async () => {
    const { visitor, csrf } = await comeIn(await makeFleet())
    const fields = { csrf, key: 'pump-v2', reason: 'fine' }
    const back = await visitor.post('/outbox/drop', { ...fields, back: '/outbox?show=waiting' })
    expect(back.headers.get('location')).toBe('/outbox?show=waiting')
    const away = await visitor.post('/outbox/drop', { ...fields, back: '//evil.example.com' })
    expect(away.headers.get('location')).toBe('/')
  })

  it('takes no form that is larger than a form', async () => {
    const dashboard = await makeFleet()
    const { visitor, csrf } = await comeIn(dashboard)
    const reason = 'x'.repeat(70_000)
    const response = await visitor.post(`/topics/${ids.pump}/withdraw`, { csrf, reason })
    expect(response.status).toBe(403)
    expect(dashboard.asked).toEqual([])
  })

  it('is offered only to who is logged in, and only where it makes sense', async () => {
    const dashboard = await makeFleet()
    const { visitor } = await comeIn(dashboard)
    const stranger = visit(dashboard)
    for (const path of [`/topics/${ids.held}`, `/topics/${ids.pump}`, '/outbox']) {
      expect(await stranger.page(path)).not.toContain('<form class="act"')
      expect(await stranger.page(path)).not.toContain('<details class="act"')
    }
    expect(await visitor.page(`/topics/${ids.held}`)).toMatch(/Approve v1(?!.*Test v1 again)/s)
    expect(await visitor.page(`/topics/${ids.pump}`)).toMatch(/Test v2 again(?!.*Approve v2)/s)
    expect(await visitor.page(`/topics/${ids.conflict}`)).not.toContain('Test v1 again')
    expect(await visitor.page('/outbox')).toContain('action="/outbox/release"')
    expect(await visitor.page('/outbox?show=sent')).not.toContain('action="/outbox/release"')
  })
})
