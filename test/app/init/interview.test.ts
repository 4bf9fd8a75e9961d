import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDns } from '../../../src/app/doctor/dns.ts'
import { type Dialogue, isAgreed } from '../../../src/app/init/dialogue.ts'
import { type Interview, interview } from '../../../src/app/init/interview.ts'
import { silentTerminal } from '../../support/run-patchferry.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

interface Person extends Dialogue {
  readonly asked: readonly string[]
}

function person(...answers: readonly string[]): Person {
  const left = [...answers]
  const asked: string[] = []
  return {
    asked,
    async ask(text: string): Promise<string> {
      asked.push(text)
      if (asked.length > 40) {
        throw new Error('asked without end')
      }
      return left.shift() ?? ''
    },
    tell: () => undefined,
  }
}

async function beAsked(
  given: Readonly<Record<string, string>>,
  dialogue: Dialogue,
): Promise<Interview> {
  const directory = temporaryFolder()
  const file = path.join(directory, 'patchferry.yml')
  const all = { list: 'devel@example.org', bot: 'bot@example.org', ...given }
  const options = {
    file,
    given: new Map(Object.entries(all)),
    isChecked: false,
    warn: () => undefined,
  }
  return interview(options, dialogue, { terminal: silentTerminal(), dns: openDns(null), directory })
}

describe('interview', () => {
  it('suggests what was typed before when somebody goes back', async () => {
    const dialogue = person('./mail', '', 'hello', '../hello.git', '<', '<')
    const { config } = await beAsked({}, dialogue)
    expect(dialogue.asked.filter((text) => text.startsWith('Name of the project'))).toEqual([
      'Name of the project [devel]: ',
      'Name of the project [hello]: ',
    ])
    expect(dialogue.asked.filter((text) => text.startsWith('Where base branches'))).toEqual([
      'Where base branches come from (empty: the mirror): ',
      'Where base branches come from (empty: the mirror) [../hello.git]: ',
      'Where base branches come from (empty: the mirror) [../hello.git]: ',
    ])
    expect(config.projects).toMatchObject([{ name: 'hello' }])
    expect(config.projects[0]?.upstreamUrl).toMatch(/hello\.git$/)
  })

  it.each([
    [{ test: 'make "check' }, 'has a quote that is not closed'],
    [{ test: 'make && make check' }, /write sh -c 'make && make check'$/],
    [{ test: 'make', isolation: 'container:' }, 'names no image: write container:IMAGE'],
    [{ mirror: 'https://u:tok@git.example.org/m.git' }, /has a login in it.*--mirror-login/],
    [{ upstream: 'https://tok@git.example.org/m.git' }, /has a login in it/],
    [{ 'list-id': './mail' }, /^is no List-Id/],
    [{ bot: 'Devel@Example.org' }, 'is the address of a list'],
  ])('does not take %j', async (given, message) => {
    const dialogue = person()
    const refusals: string[] = []
    await beAsked(
      { ...given },
      { ...dialogue, tell: (finding) => void refusals.push(finding.message) },
    ).catch(() => null)
    expect(refusals[0]).toMatch(message)
  })

  it('asks for the login of a plain mirror on the web, and keeps the password in a file', async () => {
    const given = { mirror: 'https://git.example.org/m.git', 'mirror-user': 'bot' }
    const dialogue = person('', '', '', '', '', 'hunter2')
    const { config, secrets, text } = await beAsked(given, dialogue)
    expect(dialogue.asked[5]).toMatch(/^Password or token/)
    expect([...secrets.values()]).toEqual(['hunter2'])
    expect(text).toContain('passwordFile: ./secrets/mirror')
    const basic = Buffer.from('bot:hunter2').toString('base64')
    expect(config.projects[0]?.mirrorAuthorization?.reveal()).toBe(`Basic ${basic}`)
  })

  it('says that an answer is needed where there is none to suggest', async () => {
    const said: string[] = []
    const dialogue = person('', 'devel@example.org')
    const options = { file: 'patchferry.yml', given: new Map(), isChecked: false }
    const bench = { terminal: silentTerminal(), dns: openDns(null), directory: temporaryFolder() }
    await interview(
      { ...options, warn: () => undefined },
      { ...dialogue, tell: ({ message }) => void said.push(message) },
      bench,
    ).catch(() => null)
    expect(dialogue.asked.slice(0, 2)).toEqual(Array(2).fill('Address of the mailing list: '))
    expect(said[0]).toBe('An answer is needed here')
  })

  it('takes a command with quotes', async () => {
    const { config } = await beAsked({ test: `sh -c 'make check'` }, person())
    expect(config.projects[0]?.tests?.argv).toEqual(['sh', '-c', 'make check'])
  })
})

describe('isAgreed', () => {
  it.each([
    [['ja', 'y'], false, true],
    [['oui', ''], true, true],
    [['what', 'No'], true, false],
  ])('asks until it understands: %j', async (answers, isYes, agreed) => {
    const dialogue = person(...answers)
    expect(await isAgreed(dialogue, 'Write?', isYes)).toBe(agreed)
    expect(dialogue.asked).toHaveLength(2)
  })

  it.each([
    [true, ['<'], false],
    [false, ['<', 'yes'], true],
  ])('goes back only to an answer: %j', async (mayGoBack, answers, agreed) => {
    expect(await isAgreed(person(...answers), 'Make?', true, mayGoBack)).toBe(agreed)
  })
})
