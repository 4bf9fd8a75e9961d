import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where compiled sources lie, laid out as here, once a test asked for one. */
    readonly compiledFolder: string
  }
}

const root = path.resolve(import.meta.dirname, '../..')
/** What the sources look for beside themselves. */
const besides = ['node_modules', 'package.json', 'app.yml', 'templates']

/** Makes room for the compiled form of what tests start as processes of their own. */
export default function makeRoom(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-programs-'))
  for (const name of besides) {
    symlinkSync(path.join(root, name), path.join(folder, name))
  }
  project.onTestsRerun(async () => {
    for (const mark of ['begun', 'done', 'failed']) {
      rmSync(path.join(folder, mark), { force: true, recursive: true })
    }
  })
  project.provide('compiledFolder', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
