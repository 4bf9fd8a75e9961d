import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BotError } from '../../src/core/bot-error.ts'
import { createLogger } from '../../src/log/logger.ts'
import { createRedactor } from '../../src/log/redact.ts'
import { memoryLog } from '../support/memory-log.ts'

const secret = 'pa$$ word/"1+2"\\ünï-7'

describe('createLogger', () => {
  it('writes one JSON object a line, fields and all', () => {
    const log = memoryLog()

    log.logger.info({ source: 'devel-maildir', durationMs: 3 }, 'mail stored')
    log.logger.child({ job: 7 }).warn({ at: new Date(0) }, 'job postponed')

    expect(log.lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        source: 'devel-maildir',
        durationMs: 3,
        msg: 'mail stored',
      },
      {
        level: 'warn',
        time: expect.any(String),
        job: 7,
        at: '1970-01-01T00:00:00.000Z',
        msg: 'job postponed',
      },
    ])
    expect(log.text().split('\n')).toHaveLength(3)
  })

  it('leaves out lines below its level', () => {
    const written: string[] = []
    const destination = { write: (line: string) => written.push(line) }
    const logger = createLogger({ level: 'warn', destination, secrets: [] })

    logger.debug({}, 'a')
    logger.info({}, 'b')
    logger.warn({}, 'c')
    logger.error({}, 'd')

    expect(written.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['c', 'd'])
  })

  it('tells of an error its code, details, causes and stack', () => {
    const log = memoryLog()
    const cause = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const err = new BotError('STORE_FULL', 'the disk is full', {
      retry: 'later',
      details: { freeBytes: 0 },
      cause,
    })

    log.logger.error({ err }, 'job failed')

    expect(log.lines[0]?.['err']).toMatchObject({
      name: 'BotError',
      code: 'STORE_FULL',
      message: 'the disk is full',
      retry: 'later',
      details: { freeBytes: 0 },
      stack: expect.stringContaining('logger.test.ts'),
      cause: { message: 'no space left', code: 'ENOSPC' },
    })
  })

  it('survives whatever it is given', () => {
    const log = memoryLog()
    const circular: Record<string, unknown> = { big: 10n ** 20n, raw: new Uint8Array(5) }
    circular['self'] = circular
    let deep: unknown = 'bottom'
    for (let depth = 0; depth < 100; depth += 1) {
      deep = { deep }
    }

    log.logger.info(
      {
        circular,
        deep,
        map: new Map([['a', 1]]),
        when: new Date(Number.NaN),
        text: 'x'.repeat(10_000),
      },
      'odd fields',
    )

    expect(log.lines[0]).toMatchObject({
      circular: { big: '100000000000000000000', raw: '[5 bytes]', self: '[circular]' },
      map: { a: 1 },
      when: 'invalid date',
      text: expect.stringMatching(/^x{8192}… 1808 more$/),
    })
    expect(JSON.stringify(log.lines[0]?.['deep'])).toContain('[too deep]')
  })

  it('writes a line for people where the destination is a terminal', () => {
    const written: string[] = []
    const destination = { isTTY: true, write: (line: string) => written.push(line) }
    const logger = createLogger({ level: 'info', destination, secrets: [secret] })

    logger.info({ source: 'devel', note: 'two words', count: 2 }, 'mail stored')
    logger.error({ err: new Error(`failed with ${secret}`) }, 'job failed')

    expect(written[0]).toMatch(
      /^\d\d:\d\d:\d\d info {2}mail stored source=devel note="two words" count=2\n$/,
    )
    expect(written[1]).toMatch(/^\d\d:\d\d:\d\d error job failed err=.*\n {4}Error: failed with/)
    expect(written[1]).not.toContain(secret)
  })
})

describe('redaction', () => {
  it.each([
    ['a field', { note: `the secret is ${secret}.` }],
    ['a nested field', { a: [{ b: { c: secret } }] }],
    ['a key', { [secret]: 1 }],
    ['an error', { err: new Error(`cannot log in with ${secret}`) }],
    ['a cause', { err: new Error('x', { cause: new Error(secret) }) }],
    [
      'details',
      { err: new BotError('X_Y', 'x', { retry: 'never', details: { secret: [secret] } }) },
    ],
    ['a URL', { url: `https://git.example.org/?key=${encodeURIComponent(secret)}` }],
    ['base64', { header: Buffer.from(secret).toString('base64') }],
    ['base64 of more', { header: `Basic ${Buffer.from(`user:${secret}:x`).toString('base64')}` }],
    ['base64url', { header: Buffer.from(`ab${secret}`).toString('base64url') }],
    ['JSON in text', { body: JSON.stringify({ inner: JSON.stringify({ secret }) }) }],
  ])('finds a registered secret in %s', (_where, fields) => {
    const log = memoryLog([secret])

    log.logger.info(fields, 'something happened')

    expect(log.text()).toContain('[redacted]')
    expect(JSON.stringify(log.lines)).not.toContain(JSON.stringify(secret).slice(1, -1))
    const decoded = [...log.text().matchAll(/[A-Za-z0-9+/_-]{16,}/g)].map(([text]) =>
      Buffer.from(text, 'base64').toString(),
    )
    expect(decoded.join(' ')).not.toContain('word/')
    expect(log.text()).not.toContain('pa%24%24')
  })

  it('finds a registered secret in the message', () => {
    const log = memoryLog([secret])

    log.logger.info({}, `the message has ${secret}`)

    expect(log.lines[0]?.['msg']).toBe('the message has [redacted]')
  })

  it.each([
    'password',
    'mirrorPassword',
    'token',
    'accessTokens',
    'access_token',
    'Authorization',
    'mirrorAuthorization',
    'cookie',
    'set-cookie',
    'apiKey',
    'PRIVATE_KEY',
    'clientSecret',
  ])('never writes the value of a field named %s', (key) => {
    const log = memoryLog()

    log.logger.info({ request: { headers: { [key]: 'abc' } } }, 'request')

    expect(log.lines[0]?.['request']).toEqual({ headers: { [key]: '[redacted]' } })
  })

  it.each(['tokenizer', 'secretary', 'messageId', 'author', 'passwordless'])(
    'writes the value of a field named %s',
    (key) => {
      const log = memoryLog()

      log.logger.info({ [key]: 'abc' }, 'x')

      expect(log.lines[0]?.[key]).toBe('abc')
    },
  )

  it.each([
    ['https://user:pw@example.org/x', 'https://[redacted]@example.org/x'],
    ['https://ghp_abc@example.org/x', 'https://[redacted]@example.org/x'],
    ['postgres://u:p@h/db', 'postgres://[redacted]@h/db'],
    ['ssh://git@example.org/x', 'ssh://git@example.org/x'],
    ['ssh://git:pw@example.org/x', 'ssh://[redacted]@example.org/x'],
    ['mailto:jane@example.org and https://example.org/@jane', null],
  ])('blanks credentials in %s', (text, expected) => {
    expect(createRedactor([])(text)).toBe(expected ?? text)
  })

  it('takes short secrets as whole words only', () => {
    expect(createRedactor(['abc'])('abc abcd x-abc')).toBe('[redacted] abcd x-[redacted]')
  })

  it('hides any secret, wherever it stands in base64', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[ -~]{8,40}$/),
        fc.string({ maxLength: 9 }),
        fc.string({ maxLength: 9 }),
        (hidden, before, after) => {
          const text = Buffer.from(before + hidden + after).toString('base64')
          const redacted = createRedactor([hidden])(text)
          const left = redacted
            .split('[redacted]')
            .map((part) => Buffer.from(part, 'base64').toString('latin1'))
          expect(redacted).toContain('[redacted]')
          expect(left.join('').includes(hidden)).toBe(false)
        },
      ),
    )
  })
})

describe('a logger that is changed while it is used', () => {
  it('goes by the new level and blanks the new secrets too, its children likewise', () => {
    const lines: string[] = []
    const logger = createLogger({
      level: 'warn',
      destination: { write: (line) => lines.push(line) },
      secrets: ['old-secret'],
    })
    const child = logger.child({ trace: 'a' })
    child.info({}, 'before')
    logger.change({ level: 'debug', secrets: ['new-secret'] })
    child.debug({ said: 'old-secret new-secret' }, 'after')
    logger.change({ level: 'error', secrets: [] })
    child.warn({}, 'later')

    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'debug', trace: 'a', said: '[redacted] [redacted]', msg: 'after' },
    ])
  })
})
