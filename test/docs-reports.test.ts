import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { reports } from '../src/config/schema/reports.ts'

const file = path.resolve(import.meta.dirname, '../docs/reports.md')
const text = readFileSync(file, 'utf8')
const examples = [...text.matchAll(/```yaml\n(?<yaml>.*?)```/gs)].map(
  (match) => match.groups?.['yaml'] ?? '',
)

describe('the page on the policy of reports', () => {
  it.each(examples)('has examples that a configuration may hold: %j', (yaml) => {
    const found = reports.safeParse(parse(yaml).reports)

    expect(found.error?.issues ?? []).toEqual([])
  })

  it.each(Object.keys(reports.shape))('speaks of %s', (key) => {
    expect(text).toMatch(new RegExp(`\\b${key}\\b`))
  })
})
