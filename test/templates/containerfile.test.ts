import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

interface Instruction {
  readonly name: string
  readonly text: string
}

function read(name: string): string {
  return readFileSync(path.join(root, name), 'utf8')
}

/** Instructions in order, with the lines that \`\\\` joins. */
function instructions(): readonly Instruction[] {
  return read('Containerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const groups = /^(?<name>[A-Z]+) (?<text>.*)$/.exec(line)?.groups
      return groups === undefined
        ? []
        : [{ name: groups['name'] ?? '', text: groups['text'] ?? '' }]
    })
}

const all = instructions()
/** Those of the image that runs. */
const last = all.slice(all.findLastIndex(({ name }) => name === 'FROM'))

function textsOf(list: readonly Instruction[], name: string): readonly string[] {
  return list.filter((one) => one.name === name).map(({ text }) => text)
}

/** What is copied out of the repository. */
const copied = textsOf(all, 'COPY')
  .filter((text) => !text.includes('--from='))
  .flatMap((text) => text.split(' ').slice(0, -1))

describe('the Containerfile', () => {
  it('begins with one image, named with its whole version', () => {
    const { engines } = JSON.parse(read('package.json')) as {
      readonly engines: { readonly node: string }
    }
    const [image = ''] = textsOf(all, 'ARG')
    const major = /^NODE=docker\.io\/library\/node:(?<major>\d+)\.\d+\.\d+-bookworm-slim$/.exec(
      image,
    )?.groups?.['major']

    expect(engines.node).toContain('>=22')
    expect(Number(major)).toBeGreaterThanOrEqual(22)
    expect(textsOf(all, 'FROM').every((text) => /^\$\{NODE\}(?: AS \w+)?$/.test(text))).toBe(true)
  })

  it('copies what is there, and what the context lets in', () => {
    const letIn = read('.containerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))

    expect(copied.filter((name) => !existsSync(path.join(root, name)))).toEqual([])
    expect([...new Set(copied.map((name) => name.replace(/\/$/, '')))].sort()).toEqual(letIn.sort())
    expect(read('.dockerignore')).toBe(read('.containerignore'))
    expect(textsOf(all, 'ADD')).toEqual([])
  })

  it('runs as a number that is not root, and keeps its state in one volume', () => {
    expect(textsOf(last, 'USER')).toEqual(['1000:1000'])
    expect(textsOf(last, 'VOLUME')).toEqual(['/var/lib/patchferry'])
    expect(last.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
      last.findLastIndex(({ name }) => name === 'RUN'),
    )
  })

  it('starts the service without a shell, and asks it how it is', () => {
    expect(textsOf(last, 'ENTRYPOINT')).toEqual(['["patchferry"]'])
    expect(textsOf(last, 'CMD')).toEqual(['["serve"]'])
    const [check = ''] = textsOf(last, 'HEALTHCHECK')
    const command = JSON.parse(
      /CMD (?<argv>\[.*\])$/.exec(check)?.groups?.['argv'] ?? '',
    ) as string[]
    expect(command.slice(0, 2)).toEqual(['node', '--eval'])
    expect(command[2]).toContain('http://127.0.0.1:8470/health/live')
    // Nobody listens there.
    const script = (command[2] ?? '').replace('8470', '9')
    expect(spawnSync(process.execPath, ['--eval', script]).status).toBe(1)
  })
})

const engine = process.env['PATCHFERRY_BUILD_IMAGE'] ?? ''
const reason = engine === '' ? ' (skipped: PATCHFERRY_BUILD_IMAGE names no podman or docker)' : ''

describe.skipIf(engine === '')(`the image${reason}`, () => {
  it('is built, and says its version as a user that is not root', () => {
    const tag = 'patchferry-test'
    const { version } = JSON.parse(read('package.json')) as { readonly version: string }
    execFileSync(engine, ['build', '--file', 'Containerfile', '--tag', tag, '.'], { cwd: root })
    const confined = ['--rm', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges']
    const said = execFileSync(engine, ['run', ...confined, tag, '--version'], { encoding: 'utf8' })

    expect(said).toBe(`${version}\n`)
  }, 1_800_000)
})
