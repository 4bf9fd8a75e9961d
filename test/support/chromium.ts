import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const programs = [
  process.env['PATCHFERRY_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** The browser of this machine; null where there is none. */
export const chromiumPath: string | null =
  programs.find((path) => path !== '' && existsSync(path)) ?? null

/** Said where a test is skipped for want of a browser. Under CI that is a failure instead. */
export const withoutChromium =
  'no Chromium here (install `chromium`, or name one in PATCHFERRY_CHROMIUM)'

/** Starts a headless browser with an empty profile that asks for nothing by itself. */
export async function startChromium(): Promise<Browser> {
  if (chromiumPath === null) {
    throw new Error(withoutChromium)
  }
  return await chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
