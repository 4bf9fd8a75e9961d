import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { allCommands, commandTree } from '../../src/cli/command-tree.ts'
import { renderCompletion } from '../../src/cli/completion/render-completion.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { reasonToSkip } from '../support/programs.ts'
import { runHere, silentTerminal } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = commandTree(buildProgram(silentTerminal(), () => undefined))

/** A folder with one file and one folder to complete, and what a shell runs with. */
function place(): {
  readonly folder: string
  readonly options: Parameters<typeof execFileSync>[2]
} {
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'patches.mbox'), '')
  mkdirSync(path.join(folder, 'repository.git'))
  const env = { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8', TERM: 'dumb' }
  return { folder, options: { cwd: folder, env, timeout: 30_000 } }
}

/** What bash offers for the last word. */
function offeredByBash(words: readonly string[]): readonly string[] {
  const { folder, options } = place()
  const script = path.join(folder, 'completion')
  writeFileSync(script, renderCompletion('bash', root))
  const ask = `source "$0"; COMP_WORDS=(patchferry "$@"); COMP_CWORD=$#
    "$(complete -p patchferry | sed 's/.*-F \\([^ ]*\\) .*/\\1/')"; printf '%s\\n' "\${COMPREPLY[@]}"`
  const said = execFileSync('bash', ['--norc', '-c', ask, script, ...words], options).toString()
  return said.split('\n').filter((word) => word !== '')
}

describe('completion in bash', () => {
  it.each([
    [['statu'], ['status']],
    [['--v'], ['--version']],
    [
      ['outbox', ''],
      ['show', 'release', 'drop'],
    ],
    [['outbox', '--state', 'he'], ['held']],
    [['outbox', '--state', 'held', 'fa'], ['failed']],
    [['outbox', '--state', '=', 'unk'], ['unknown']],
    [['outbox', '--limit', '5', 'sh'], ['show']],
    [['outbox', 'show', '--j'], ['--json']],
    [['mail', 'preview', 'base'], ['base-missing']],
    [['mail', 'preview', 'failure', 'b'], []],
    [['help', 'rang'], ['range-diff']],
    [['sync', '--max-time', ''], []],
    [['status', '-c', 'patch'], ['patches.mbox']],
    [['apply', '--repo', ''], ['repository.git']],
    [['apply', '--repo', 'x', 'patc'], ['patches.mbox']],
    [['apply', '--repo', 'x', 'one.mbox', 'patc'], ['patches.mbox']],
    [['import', '-', '--qui'], ['--quiet']],
    [['frob', ''], []],
  ])('offers for %j: %j', (words, offered) => {
    expect(offeredByBash(words)).toEqual(offered)
  })

  it('offers every command', () => {
    expect(offeredByBash([''])).toEqual(root.commands.map(({ words }) => words.at(-1)))
  })

  it('offers every option of every command', () => {
    const { folder, options } = place()
    const script = path.join(folder, 'completion')
    writeFileSync(script, renderCompletion('bash', root))
    const nodes = allCommands(root)
    const ask = 'source "$0"; for one; do echo $(_patchferry_options "$one"); done'
    const names = nodes.map(({ words }) => words.join(' '))
    const said = execFileSync('bash', ['-c', ask, script, ...names], options).toString()

    expect(said.split('\n').slice(0, -1)).toEqual(
      nodes.map((node) => node.options.flatMap(({ flags }) => flags).join(' ')),
    )
  })
})

const noFish = reasonToSkip('fish', ['--version'])

describe.skipIf(noFish !== null)(
  `completion in fish${noFish === null ? '' : ` (${noFish})`}`,
  () => {
    it('offers commands, options and values', () => {
      const { folder, options } = place()
      const script = path.join(folder, 'completion.fish')
      writeFileSync(script, renderCompletion('fish', root))
      const expected = {
        'patchferry statu': ['status'],
        'patchferry outbox ': ['drop', 'release', 'show'],
        'patchferry outbox --state he': ['held'],
        'patchferry outbox show --js': ['--json'],
        'patchferry mail preview base': ['base-missing'],
        'patchferry mail preview failure b': [],
        'patchferry help rang': ['range-diff'],
        'patchferry sync --max-time ': [],
        'patchferry status -c patch': ['patches.mbox'],
        'patchferry apply --repo ': ['repository.git/'],
        'patchferry apply --repo x one.mbox patc': ['patches.mbox'],
      }
      const ask =
        'source $argv[1]; for line in $argv[2..]; echo (complete -C $line | string split -f1 \\t); end'
      const said = execFileSync(
        'fish',
        ['-N', '-c', ask, script, ...Object.keys(expected)],
        options,
      )
      const offered = said.toString().split('\n').slice(0, -1)

      expect(offered.map((line) => line.split(' ').filter(Boolean))).toEqual(
        Object.values(expected),
      )
    })
  },
)

const noZsh = reasonToSkip('zsh', ['--version'])

describe.skipIf(noZsh !== null)(`completion in zsh${noZsh === null ? '' : ` (${noZsh})`}`, () => {
  it('completes commands, options and values', () => {
    const { folder, options } = place()
    writeFileSync(path.join(folder, '_patchferry'), renderCompletion('zsh', root))
    const completed = {
      'patchferry statu': 'patchferry status ',
      'patchferry outbox sho': 'patchferry outbox show ',
      'patchferry outbox --state held --state unk':
        'patchferry outbox --state held --state unknown ',
      'patchferry range-diff topic --js': 'patchferry range-diff topic --json ',
      'patchferry mail preview base': 'patchferry mail preview base-missing ',
      'patchferry help rang': 'patchferry help range-diff ',
      'patchferry status --config patc': 'patchferry status --config patches.mbox ',
      'patchferry apply --repo rep': 'patchferry apply --repo repository.git/',
      'patchferry sync --frob': 'patchferry sync --frob',
    }
    // A shell on a terminal: Tab completes the line, and Control-X writes it down and empties it.
    const ask = `zmodload zsh/zpty
      result=$1/result; : > $result
      zpty shell 'zsh -f -i'
      zpty -w shell "fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -D; unsetopt beep automenu"
      zpty -w shell "show() { print -r -- \\"\\$BUFFER\\" >> $result; BUFFER=; }; zle -N show"
      zpty -w shell 'bindkey "^X" show; bindkey "^I" complete-word'
      shift
      for line in $@; do zpty -w -n shell "$line"$'\\t\\x18'; done
      for (( i = 0; i < 400 && $(wc -l < $result) < $#; i++ )); do sleep 0.05; done
      zpty -d shell`
    execFileSync('zsh', ['-f', '-c', ask, 'zsh', folder, ...Object.keys(completed)], options)
    const lines = readFileSync(path.join(folder, 'result'), 'utf8').split('\n').slice(0, -1)

    expect(lines).toEqual(Object.values(completed))
  })
})

describe('patchferry completion', () => {
  it.each(['bash', 'zsh', 'fish'] as const)('prints the script of %s', async (shell) => {
    const { exitCode, stdout, stderr } = await runHere(['completion', shell])

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toBe(renderCompletion(shell, root))
    for (const { flags } of allCommands(root).flatMap(({ options }) => options)) {
      expect(stdout).toContain(flags.at(-1)?.replace(/^--/, ''))
    }
  })

  it('knows no other shell', async () => {
    const { exitCode, stderr } = await runHere(['completion', 'csh'])

    expect(exitCode).toBe(2)
    expect(stderr).toContain('Allowed choices are bash, zsh, fish')
  })
})
