import { userInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { personHere } from '../../src/app/person-here.ts'

describe('personHere', () => {
  it.each([
    [{ USER: 'mina', LOGNAME: 'max' }, 'command line (mina)'],
    [{ USER: '', LOGNAME: 'max' }, 'command line (max)'],
    [{ LOGNAME: 'max' }, 'command line (max)'],
    [{}, `command line (${userInfo().username})`],
  ])('of %j is %s', (env, expected) => {
    expect(personHere(env)).toBe(expected)
  })
})
