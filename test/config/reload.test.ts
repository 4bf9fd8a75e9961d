import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { mergeReloaded } from '../../src/config/reload.ts'
import { changedConfig } from '../support/config-text.ts'

function config(
  changes: Readonly<Record<string, unknown>>,
  secret = 'open-sesame-open-sesame',
): Config {
  return parseConfig(changedConfig(changes), '/etc/patchferry/patchferry.yml', {
    environment: {},
    runCommand: () => '',
    readFile: () => secret,
  })
}

const running = config({})

describe('a configuration that is read again', () => {
  it.each([
    ['log.level', 'debug', 'log'],
    ['operator.address', 'ops@example.org', 'operator'],
    ['mailTemplates', './templates', 'mailTemplates'],
    ['bot.others', ['ci@example.org'], 'bot.others'],
    ['delivery.retryFor', '1h', 'delivery.retryFor'],
    ['delivery.limits.perMinute', 3, 'delivery.limits'],
    ['delivery.bounces.limit', 9, 'delivery.bounces'],
    ['projects.0.settle', '9m', 'projects.hello.settle'],
    ['projects.0.reports.success', 'author', 'projects.hello.reports'],
    ['lists.0.reports.success', 'author', 'projects.hello.reports'],
    ['projects.0.trust.unknownSenders', 'test', null],
    ['projects.0.branches', ['next'], 'projects.hello.branches'],
    ['projects.0.checks.expected', ['unit'], 'projects.hello.checks'],
  ])('takes over %s', (key, value, taken) => {
    const wanted = config({ [key]: value })
    const merged = mergeReloaded(running, wanted)
    expect(merged).toMatchObject({ taken: taken === null ? [] : [taken], needsRestart: [] })
    expect(JSON.stringify(merged.config)).toBe(JSON.stringify(wanted))
  })

  it.each([
    ['state', './elsewhere', ['state']],
    ['bot.name', 'Other', ['bot']],
    ['lists.0.address', 'other@lists.example.org', ['lists']],
    ['lists.0.sources', [{ maildir: './other' }], ['lists[].sources']],
    ['web.public.port', 9, ['web']],
    ['delivery.maildir', './other', ['delivery.maildir, smtp or sendmail']],
    ['projects.0.mirror.url', './other.git', ['projects.hello.mirror']],
    ['projects.0.name', 'other', ['which projects there are, and their order']],
  ])('says that %s needs a restart, and goes on as before', (key, value, needsRestart) => {
    const { config: merged, ...rest } = mergeReloaded(running, config({ [key]: value }))
    expect(rest.needsRestart).toEqual(needsRestart)
    expect(merged.stateDirectory).toBe(running.stateDirectory)
    expect(merged.projects[0]?.mirrorUrl).toBe(running.projects[0]?.mirrorUrl)
    expect(merged.delivery.way).toEqual(running.delivery.way)
  })

  it('sees that a secret has changed', () => {
    const tokens = { 'web.operator.tokens': [{ name: 'dana', tokenFile: './dana' }] }
    const before = config(tokens)
    expect(mergeReloaded(before, config(tokens)).needsRestart).toEqual([])
    const merged = mergeReloaded(before, config(tokens, 'shut-sesame-shut-sesame'))
    expect(merged.needsRestart).toEqual(['web'])
    expect(merged.config.secrets()).toContain('shut-sesame-shut-sesame')
  })

  it('takes over nothing where nothing has changed', () => {
    expect(mergeReloaded(running, config({}))).toMatchObject({
      config: { ...running, secrets: expect.any(Function) },
      taken: [],
      needsRestart: [],
    })
  })
})
