import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { BotError } from '../../src/core/bot-error.ts'
import { storeErrors, toStoreError } from '../../src/store/store-error.ts'

const room = path.resolve(import.meta.dirname, '../../src/store')

describe('storeErrors', () => {
  it('lists every code that the store throws, and no other', () => {
    const sources = readdirSync(room, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(path.join(room, file), 'utf8'))
    const thrown = sources.flatMap((source) => [...source.matchAll(/'(STORE_[A-Z_]+)'/g)])
    expect(new Set(thrown.map((match) => match[1]))).toEqual(new Set(Object.keys(storeErrors)))
  })
})

describe('toStoreError', () => {
  it.each([
    ['SQLITE_FULL', 'STORE_FULL', 'later'],
    ['SQLITE_READONLY_DIRECTORY', 'STORE_READ_ONLY', 'after-human'],
    ['SQLITE_CORRUPT_INDEX', 'STORE_CORRUPT', 'after-human'],
    ['SQLITE_NOTADB', 'STORE_CORRUPT', 'after-human'],
    ['SQLITE_CANTOPEN_ISDIR', 'STORE_CANNOT_OPEN', 'after-human'],
    ['SQLITE_BUSY_SNAPSHOT', 'STORE_BUSY', 'later'],
    ['SQLITE_IOERR_WRITE', 'STORE_IO', 'later'],
    ['SQLITE_CONSTRAINT_UNIQUE', 'STORE_FAULT', 'never'],
    ['', 'STORE_FAULT', 'never'],
  ])('makes %s into %s', (driverCode, code, retry) => {
    const cause = Object.assign(new Error('said the driver'), { code: driverCode })
    const error = toStoreError(cause, '/var/store.sqlite')
    expect(error).toMatchObject({ code, retry, cause, remedy: storeErrors[code]?.remedy })
    expect(error.message).toMatch(/^\/var\/store\.sqlite: .*said the driver$/)
  })

  it('leaves an error of ours as it is', () => {
    const error = new BotError('GIT_LOST', 'x', { retry: 'later' })
    expect(toStoreError(error, 'file')).toBe(error)
  })
})
