import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const src = path.resolve(import.meta.dirname, '../../src')

/** What a file loads as soon as it is loaded itself: neither types nor `import()`. */
function loadedBy(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8')
  const statements = text.matchAll(
    /^(?:import|export) (?!type )(?:[^'"]*? from )?'(?<target>[^']+)'/gms,
  )
  return [...statements].map((match) => match.groups?.['target'] ?? '')
}

/** Files of ours and packages that a process has loaded before any command runs. */
function loadedAtStart(): { readonly files: ReadonlySet<string>; readonly packages: Set<string> } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const waiting = ['main.ts', 'cli/run.ts', 'cli/terminal.ts'].map((file) => path.join(src, file))
  for (const file of waiting) {
    if (files.has(file)) {
      continue
    }
    files.add(file)
    for (const target of loadedBy(file)) {
      if (target.startsWith('.')) {
        waiting.push(path.resolve(path.dirname(file), target))
      } else if (!target.startsWith('node:')) {
        packages.add(target)
      }
    }
  }
  return { files, packages }
}

describe('what is loaded before a command runs', () => {
  const { files, packages } = loadedAtStart()
  const names = [...files].map((file) => path.relative(src, file))

  it('is the command line, not the program', () => {
    expect(names).toContain('cli/commands/serve.ts')
    expect(names).not.toContain('app/run-service.ts')
    expect([...packages]).toEqual(['commander'])
  })

  it('is little', () => {
    expect(names.length).toBeLessThan(100)
    expect(
      names.filter((name) => /^(?:flow|git|mail|store|web)\/(?!.*-error\.ts$)/.test(name)),
    ).toEqual([])
  })
})
