import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startOperatorServer } from '../../src/web/operator/operator-server.ts'
import { chromiumPath, startChromium, withoutChromium } from '../support/chromium.ts'
import { type Dashboard, makeDashboard, secret } from './dashboard.ts'
import { addFleet, heldHead, ids } from './fleet.ts'
import { addSilentFleet, silentTopic } from './silent-fleet.ts'

/** Where screenshots go, for a person to look at; none are taken where it is not set. */
const folder = process.env['PATCHFERRY_SCREENSHOTS']

const screens = [
  { name: 'phone-light', width: 390, height: 844, colorScheme: 'light' },
  { name: 'phone-dark', width: 390, height: 844, colorScheme: 'dark' },
  { name: 'desktop-light', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'desktop-dark', width: 1280, height: 900, colorScheme: 'dark' },
] as const

type Screen = (typeof screens)[number]

let browser: Browser | null = null

beforeAll(async () => {
  browser = chromiumPath === null ? null : await startChromium()
}, 60_000)

afterAll(async () => {
  await browser?.close()
})

interface Visit {
  readonly page: Page
  readonly url: string
  readonly dashboard: Dashboard
  /** What the browser refused or could not load. */
  readonly complaints: readonly string[]
  /** Nothing sticks out sideways, and a picture of it is kept. */
  readonly check: (name: string) => Promise<void>
}

/** A dashboard with the fleet behind a real socket, and a browser without JavaScript in front of it. */
async function visit(screen: Screen): Promise<Visit> {
  if (browser === null) {
    throw new Error(withoutChromium)
  }
  const dashboard = await makeDashboard()
  await addFleet(dashboard.store)
  await addSilentFleet(dashboard.store)
  const server = await startOperatorServer({ ...dashboard.options, port: 0 })
  onTestFinished(() => server.close(1000))
  const context = await browser.newContext({
    viewport: { width: screen.width, height: screen.height },
    colorScheme: screen.colorScheme,
    javaScriptEnabled: false,
  })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'unknown'
    // Going to the next page stops what the one before still loads.
    if (reason !== 'net::ERR_ABORTED') {
      complaints.push(`${reason} ${request.url()}`)
    }
  })
  return {
    page,
    url: server.url,
    dashboard,
    complaints,
    async check(name) {
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      expect(width, `${name} is wider than the screen`).toBeLessThanOrEqual(screen.width)
      if (folder !== undefined) {
        mkdirSync(folder, { recursive: true })
        const file = path.join(folder, `${screen.name}-${name}.png`)
        await page.screenshot({ path: file, fullPage: true })
      }
    },
  }
}

const pages = {
  topic: `/topics/${ids.pump}`,
  conflict: `/topics/${ids.conflict}`,
  approval: `/topics/${silentTopic('approval')}`,
  cancelled: `/topics/${silentTopic('cancelled')}`,
  hostile: `/topics/${ids.hostile}`,
  patch: `/topics/${ids.pump}/patch?id=pump-v2-1%40example.org`,
  outbox: '/outbox',
  quarantine: '/quarantine',
  status: '/status',
  mail: '/mail?id=pump-v2-reply%40example.org',
  missing: '/nowhere',
} as const

const isWanted = chromiumPath !== null || process.env['CI'] === 'true'
const why = isWanted ? '' : ` (skipped: ${withoutChromium})`

describe.skipIf(!isWanted)(`a person with a browser${why}`, { timeout: 60_000 }, () => {
  it.each(screens)('finds, reads and approves a held series on $name', async (screen) => {
    const { page, url, dashboard, complaints, check } = await visit(screen)

    await page.goto(url)
    await check('list')
    await page.getByRole('link', { name: 'ci: cache compiler output between runs' }).click()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(/^ci: cache/)
    await check('held')

    await page.locator('.banner').getByRole('link', { name: 'Log in' }).click()
    await check('login')
    await page.getByLabel('Token').fill('a wrong one')
    await page.getByRole('button', { name: 'Log in' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('not one of the configuration')
    await check('login-failed')
    await page.getByLabel('Token').fill(secret)
    await page.getByRole('button', { name: 'Log in' }).click()

    await check('held-logged-in')
    await page.getByRole('button', { name: 'Approve v1' }).click()
    expect(await page.getByRole('status').textContent()).toContain('It is done.')
    expect(dashboard.asked).toEqual([
      ['approve', ids.held, { version: '1', head: heldHead }, 'dana'],
    ])
    await check('approved')

    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('link', { name: 'Log in', exact: true }).waitFor()
    // The answer to a wrong token is a 401, which a browser mentions.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
  })

  it.each(screens)('drops a held mail, with a reason, on $name', async (screen) => {
    const { page, url, dashboard, check } = await visit(screen)
    await page.goto(`${url}/login?next=%2Foutbox`)
    await page.getByLabel('Token').fill(secret)
    await page.keyboard.press('Enter')

    await page.getByText('Drop…').click()
    await check('outbox-drop')
    await page.getByLabel('Reason').last().fill('sent by hand')
    await page.getByRole('button', { name: 'Drop' }).click()
    expect(dashboard.asked).toEqual([['drop', 'pump-v2', 'sent by hand', 'dana']])
  })

  it.each(screens)('opens patches, logs and mails on $name', async (screen) => {
    const { page, url, check } = await visit(screen)
    await page.goto(url + pages.topic)
    for (const summary of ['pump: count an unreadable', 'Log', 'Why this base', 'From']) {
      await page.locator('summary', { hasText: summary }).first().click()
    }
    expect(await page.getByText('not ok 3').first().isVisible()).toBe(true)
    expect(await page.getByText('level = FLOAT_HIGH').isVisible()).toBe(true)
    await check('topic-open')
  })

  it.each(screens)('finds nothing that is wider than the screen on $name', async (screen) => {
    const { page, url, complaints, check } = await visit(screen)
    for (const [name, address] of Object.entries(pages)) {
      await page.goto(url + address)
      await check(name)
    }
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([])
  })
})
