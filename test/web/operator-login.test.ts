import { describe, expect, it } from 'vitest'
import { localPath } from '../../src/web/operator/form.ts'
import { createTokenBook } from '../../src/web/token-book.ts'
import { fieldOf, makeDashboard, secret, visit } from './dashboard.ts'
import { hour, minute } from './fleet.ts'

describe('logging in', () => {
  it('takes a named token and shows the name', async () => {
    const visitor = visit(await makeDashboard())
    const response = await visitor.logIn()
    expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
    expect(await visitor.page('/')).toContain('<bdi>dana</bdi>')
  })

  it('leads back to where it was asked for', async () => {
    const visitor = visit(await makeDashboard())
    const page = await visitor.page('/login?next=%2Foutbox%3Fshow%3Dsent')
    const fields = { csrf: fieldOf(page, 'csrf'), token: secret, next: fieldOf(page, 'next') }
    const response = await visitor.post('/login', fields)
    expect(response.headers.get('location')).toBe('/outbox?show=sent')
  })

  it.each([
    '//evil.example.com',
    'https://evil.example.com',
    '/\\evil.example.com',
    '/a\\..\\b',
    'javascript:x',
    '/a\r\nSet-Cookie: x',
    '',
  ])('never leads elsewhere: %j', (next) => {
    expect(localPath(next)).toBe('/')
  })

  it('keeps its secret from scripts and other sites', async () => {
    const visitor = visit(await makeDashboard())
    const cookies = (await visitor.logIn()).headers.getSetCookie()
    const session = cookies.find((cookie) => cookie.startsWith('patchferry_session='))
    expect(session).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(session).not.toContain(secret)
  })

  it('keeps its secret to https where people come by https', async () => {
    const visitor = visit(await makeDashboard({ isBehindTls: true }))
    const [session] = (await visitor.logIn()).headers
      .getSetCookie()
      .filter((cookie) => cookie.startsWith('patchferry_session='))
    expect(session).toContain('; Secure')
  })

  it.each([
    ['wrong', 'nope'],
    ['empty', ''],
    ['shorter', secret.slice(0, -1)],
    ['longer', `${secret}x`],
    ['the name', 'dana'],
  ])('refuses a token that is %s', async (_what, token) => {
    const visitor = visit(await makeDashboard())
    const response = await visitor.logIn(token)
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('not one of the configuration')
    expect(visitor.cookies.has('patchferry_session')).toBe(false)
  })

  it('says so where nobody is configured', async () => {
    const visitor = visit(await makeDashboard({ tokens: [] }))
    expect(await visitor.page('/login')).toContain('No operator token is configured')
  })

  it('writes down who came and who failed, never a token', async () => {
    const dashboard = await makeDashboard()
    const visitor = visit(dashboard)
    await visitor.logIn('a-wrong-secret')
    await visitor.logIn()
    expect(dashboard.log.lines.map((line) => line['msg'])).toEqual(['a login failed', 'logged in'])
    expect(dashboard.log.text()).not.toContain(secret)
    expect(dashboard.log.text()).not.toContain('a-wrong-secret')
  })

  it('takes no form that was not given to this browser', async () => {
    const dashboard = await makeDashboard()
    const csrf = fieldOf(await visit(dashboard).page('/login'), 'csrf')
    const other = visit(dashboard)
    await other.page('/login')
    expect((await other.post('/login', { csrf, token: secret })).status).toBe(403)
    expect((await other.post('/login', { token: secret })).status).toBe(403)
  })
})

describe('guessing tokens', () => {
  it('gets slower: a few are free, then each costs twice the wait', async () => {
    const dashboard = await makeDashboard()
    const visitor = visit(dashboard)
    const statuses: number[] = []
    for (let tries = 0; tries < 6; tries++) {
      statuses.push((await visitor.logIn(`guess ${tries}`)).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
    const waiting = await visitor.logIn()
    expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await waiting.text()).toContain('Wait 5 seconds')
    dashboard.pass(5_000)
    expect((await visitor.logIn('guess 6')).status).toBe(401)
    expect((await visitor.logIn()).headers.get('retry-after')).toBe('10')
    dashboard.pass(10_000)
    expect((await visitor.logIn()).status).toBe(303)
  })

  it('is forgiven after a login', async () => {
    const dashboard = await makeDashboard()
    const guesser = visit(dashboard)
    for (let tries = 0; tries < 4; tries++) {
      await guesser.logIn('wrong')
    }
    await visit(dashboard).logIn()
    for (let tries = 0; tries < 5; tries++) {
      expect((await guesser.logIn('wrong')).status).toBe(401)
    }
  })

  it('is forgotten after a long time', async () => {
    const dashboard = await makeDashboard()
    const guesser = visit(dashboard)
    for (let tries = 0; tries < 5; tries++) {
      await guesser.logIn('wrong')
    }
    dashboard.pass(3 * hour)
    expect((await guesser.logIn('wrong')).status).toBe(401)
    expect((await guesser.logIn('wrong')).status).toBe(401)
  })
})

describe('a session', () => {
  it('ends by logout, on the side of the server too', async () => {
    const dashboard = await makeDashboard()
    const visitor = visit(dashboard)
    await visitor.logIn()
    const kept = new Map(visitor.cookies)
    const csrf = fieldOf(await visitor.page('/'), 'csrf')
    expect((await visitor.post('/logout', { csrf })).headers.get('location')).toBe('/')
    expect(visitor.cookies.has('patchferry_session')).toBe(false)
    const cookie = `patchferry_session=${kept.get('patchferry_session')}`
    expect(await (await visitor.get('/', { cookie })).text()).toContain('Log in</a>')
  })

  it('is not ended from elsewhere', async () => {
    const visitor = visit(await makeDashboard())
    await visitor.logIn()
    expect((await visitor.post('/logout', { csrf: 'x' })).status).toBe(403)
    expect(await visitor.page('/')).toContain('Log out')
  })

  it('ends after two hours without a request, and after twelve in any case', async () => {
    const dashboard = await makeDashboard()
    const visitor = visit(dashboard)
    await visitor.logIn()
    dashboard.pass(2 * hour)
    expect(await visitor.page('/')).toContain('Log in</a>')
    await visitor.logIn()
    for (let passed = 0; passed < 12 * hour - 90 * minute; passed += 90 * minute) {
      dashboard.pass(90 * minute)
      expect(await visitor.page('/')).toContain('Log out')
    }
    dashboard.pass(90 * minute)
    expect(await visitor.page('/')).toContain('Log in</a>')
  })

  it('changes its secret with each login', async () => {
    const visitor = visit(await makeDashboard())
    await visitor.logIn()
    const first = visitor.cookies.get('patchferry_session')
    const csrf = fieldOf(await visitor.page('/'), 'csrf')
    await visitor.post('/logout', { csrf })
    await visitor.logIn()
    expect(visitor.cookies.get('patchferry_session')).not.toBe(first)
  })
})

describe('a book of tokens', () => {
  const ownerOf = createTokenBook([
    { name: 'ada', secret: 'one' },
    { name: 'bert', secret: 'two' },
    { name: 'nobody', secret: '' },
  ])

  it.each([
    ['one', 'ada'],
    ['two', 'bert'],
    ['three', null],
    ['', null],
    ['on', null],
  ])('tells that %j is of %j', (token, owner) => {
    expect(ownerOf(token)).toBe(owner)
  })
})
