import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the compiled sources lie, laid out as here. */
    readonly compiledFolder: string
  }
}

const root = path.resolve(import.meta.dirname, '../..')
/** What the sources look for beside themselves. */
const besides = ['node_modules', 'package.json', 'app.yml', 'templates']

/** Compiles what tests start as processes of their own: from source each start would cost a second more. */
export default function compilePrograms(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-programs-'))
  for (const name of besides) {
    symlinkSync(path.join(root, name), path.join(folder, name))
  }
  function compile(): void {
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
    const args = ['-p', path.join(root, 'tsconfig.programs.json'), '--outDir', folder]
    execFileSync(process.execPath, [compiler, ...args], { stdio: 'inherit' })
  }
  compile()
  project.onTestsRerun(async () => compile())
  project.provide('compiledFolder', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
