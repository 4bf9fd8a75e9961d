import { describe, expect, it } from 'vitest'
import { reportKinds } from '../../src/app/preview-mail.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

describe('patchferry mail preview', () => {
  it.each(reportKinds)('prints a %s as it would be sent', async (kind) => {
    const { exitCode, stdout, stderr } = await runHere(['mail', 'preview', kind])

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^Subject: Re: \[PATCH 0\/3\] frob: count the widgets$/m)
    expect(stdout).toContain(`X-Patchferry-Report: ${kind}\n`)
    expect(stdout).toContain(`# kind: ${kind}\n`)
  })

  it('prints it as a document', async () => {
    const { stdout } = await runHere(['mail', 'preview', 'held', '--json'])
    expect(jsonLines(stdout)).toMatchObject([{ headers: { 'X-Patchferry-Report': 'held' } }])
  })

  it('names the kinds where it is given another', async () => {
    const end = await runHere(['mail', 'preview', 'praise'])
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toContain('base-missing')
  })
})
