import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { conditionKinds } from '../src/core/watch/condition.ts'

const file = path.resolve(import.meta.dirname, '../docs/operations.md')
const section = /### What is watched\n(?<text>[^]*?)\n### /.exec(readFileSync(file, 'utf8'))
const text = section?.groups?.['text'] ?? ''

describe('the page on what is watched', () => {
  it('lists every condition, in the words of the program', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| `'))
    expect(rows).toEqual(
      Object.entries(conditionKinds).map(
        ([id, { of, isBadWhen, remedy }]) =>
          `| \`${id}\` | ${of ?? ''} | ${isBadWhen} | ${remedy} |`,
      ),
    )
  })
})
