import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import { exampleConfig } from '../../config/example-config.ts'
import { parseConfig } from '../../config/load-config.ts'
import type { ConfigProblem } from '../../config/problem.ts'
import { runSecretCommand } from '../../config/run-secret-command.ts'
import { BotError } from '../../core/bot-error.ts'
import { type Finding, fault, wrong } from '../doctor/finding.ts'
import { type Bench, checkAnswer } from './check-answers.ts'
import { type Dialogue, goBack, isAgreed } from './dialogue.ts'
import { misread } from './misread.ts'
import { type Found, type Given, type Question, questions, wordsOf } from './questions.ts'
import { readSecretPlace, toAnswers } from './to-answers.ts'

export interface InterviewOptions {
  /** Absolute path of the file that is to be written. */
  readonly file: string
  /** Options of the command line, by name. */
  readonly given: Given
  /** Told of what is not well and is taken all the same, where nobody is there to answer. */
  readonly warn: (finding: Finding) => void
  /** Whether answers are tried against the real thing. */
  readonly isChecked: boolean
}

export interface Interview {
  /** The file as it would be. */
  readonly text: string
  /** What was typed and belongs into files, by absolute path. */
  readonly secrets: ReadonlyMap<string, string>
  readonly config: Config
}

const placeholder = `-----BEGIN ${'not yet '.repeat(16)}`

interface Draft {
  readonly given: ReadonlyMap<string, string>
  readonly secrets: ReadonlyMap<string, string>
}

/** What came of one answer. */
interface Tried {
  readonly next: Draft
  readonly findings: readonly Finding[]
  /** The configuration takes it. */
  readonly isUsable: boolean
  readonly isToBeMade?: true | undefined
}

/** The configuration as it would be; secrets that are not written yet are read from the draft. */
async function compose(
  { given, secrets }: Draft,
  file: string,
  env: Bench['terminal']['env'],
): Promise<Interview> {
  const folder = path.dirname(file)
  const text = exampleConfig(await toAnswers(given, folder))
  const config = parseConfig(text, file, {
    environment: env,
    runCommand: (argv) => runSecretCommand(argv, env),
    readFile(secretFile) {
      const isToBeMade = [path.join(folder, 'operator-token'), path.join(folder, 'secrets/not-yet')]
      return (
        secrets.get(secretFile) ??
        (isToBeMade.includes(secretFile) ? placeholder : readFileSync(secretFile, 'utf8'))
      )
    },
  })
  return { text, config, secrets }
}

/** Whoever answers has never seen the keys of the file: the question that a key belongs to, by `name`. */
function nameOfKey(key: string, asked: Question, name: (question: Question) => string): string {
  const question = [asked, ...questions].find(({ keys }) =>
    keys.some((start) => key.startsWith(start)),
  )
  return question === undefined ? key : name(question)
}

/** What the configuration says of this answer; of anything else where it says nothing of it, since all else was well before. */
function problemsOf(
  question: Question,
  error: unknown,
  name: (question: Question) => string,
): readonly Finding[] {
  const problems =
    error instanceof BotError && error.code === 'CONFIG_INVALID'
      ? (error.details['problems'] as readonly ConfigProblem[])
      : null
  if (problems === null) {
    return [fault('answer', error)]
  }
  const own = problems.filter(({ key }) => question.keys.some((start) => key.startsWith(start)))
  return (own.length > 0 ? own : problems).map(({ key, message, remedy }) =>
    wrong(nameOfKey(key, question, name), message, remedy),
  )
}

/** With a typed secret put into a file of its own beside the configuration. */
function withAnswer(
  draft: Draft,
  { option, isSecret }: Question,
  answer: string,
  file: string,
): Draft {
  const isPlace = readSecretPlace(answer) !== null || answer.startsWith('app:')
  if (isSecret !== true || isPlace) {
    return { ...draft, given: new Map([...draft.given, [option, answer]]) }
  }
  const name = `secrets/${option.replace('-login', '')}`
  const place = path.join(path.dirname(file), name)
  return {
    given: new Map([...draft.given, [option, `file:./${name}`]]),
    secrets: new Map([...draft.secrets, [place, answer]]),
  }
}

function missing({ option, text }: Question): BotError {
  const lower = text.charAt(0).toLowerCase() + text.slice(1)
  return new BotError('CLI_ANSWER_MISSING', `--${option} is needed: ${lower}`, { retry: 'never' })
}

function refused(question: Question, findings: readonly Finding[]): BotError {
  // What a mirror elsewhere is must be known before it can be tried.
  const isOfMirror = question.isSecret !== true && findings.some(({ check }) => check === 'mirror')
  const option = isOfMirror ? 'mirror' : question.option
  const all = findings.filter(({ level }) => level === 'wrong')
  // The check is often called as the question is.
  const said = all
    .map(({ check, message }) => `${check}: ${message}`)
    .map((text) => (/^[\w-]+/.exec(text)?.[0] === option ? text.slice(option.length) : text))
    .map((text) => text.replace(/^:? /, ''))
    .join('\n')
  const remedy = all.map((one) => one.remedy ?? '').join('\n')
  return new BotError('CLI_ANSWER_WRONG', `--${option}: ${said}`, { retry: 'never', remedy })
}

/**
 * Asks what was not given, tries each answer at once, and lets the person correct it: what the configuration does not take
 * is asked again until it does, what could not be reached may be kept by an empty line. Without a dialogue the first wrong answer
 * throws CLI_ANSWER_WRONG, and one that is missing CLI_ANSWER_MISSING. Writes nothing.
 */
export async function interview(
  { file, given, warn, isChecked }: InterviewOptions,
  dialogue: Dialogue | null,
  bench: Bench,
): Promise<Interview> {
  let draft: Draft = { given: new Map(), secrets: new Map() }
  let found: Found = { listId: null, branch: null }
  const nameOf = dialogue === null ? ({ option }: Question) => option : wordsOf
  /** What was typed and taken, to be suggested again after going back. */
  const remembered = new Map<string, string>()

  async function tryAnswer(question: Question, answer: string, isTyped: boolean): Promise<Tried> {
    const next = withAnswer(draft, question, answer, file)
    const problem = misread(question, answer, isTyped, draft.given)
    if (problem !== null) {
      const shown =
        question.isSecret === true
          ? nameOf(question)
          : `${nameOf(question)}${dialogue === null ? '' : ':'} ${answer.replace(/:[^:/@]*@/, ':***@')}`
      return { next, isUsable: false, findings: [wrong(shown, problem, 'Write it anew.')] }
    }
    try {
      const { config } = await compose(next, file, bench.terminal.env)
      if (!isChecked) {
        return { next, isUsable: true, findings: [] }
      }
      const checked = await checkAnswer(question.option, next.given, config, bench)
      found = { ...found, ...checked.found }
      const { findings, isToBeMade } = checked
      return { next, isUsable: true, findings, isToBeMade }
    } catch (error) {
      bench.terminal.draining.throwIfAborted()
      return { next, isUsable: false, findings: problemsOf(question, error, nameOf) }
    }
  }

  /** A folder that is not there may be one that was mistyped. */
  async function isDeclined(place: string, isSuggested: boolean): Promise<boolean> {
    return dialogue !== null && !(await isAgreed(dialogue, `Make ${place}?`, isSuggested, true))
  }

  /** Asks until it is answered, or the person wants to go back. */
  async function settle(question: Question): Promise<'answered' | 'back'> {
    const { option, text, isSecret = false } = question
    const fallback = remembered.get(option) ?? question.fallback(draft.given, found)
    const suggested = fallback === null || fallback === '' ? '' : ` [${fallback}]`
    let answer = given.get(option) ?? null
    let kept: Draft | null = null
    for (;;) {
      let isTyped = false
      if (answer === null) {
        const shown = kept === null ? suggested : ' [keep it]'
        const typed = (await dialogue?.ask(`${text}${shown}: `, isSecret)) ?? ''
        if (typed === goBack) {
          return 'back'
        }
        if (typed === '' && kept !== null) {
          draft = kept
          return 'answered'
        }
        isTyped = typed !== ''
        answer = typed === '' ? fallback : typed
      }
      if (answer === null && dialogue === null) {
        throw missing(question)
      }
      if (answer === null) {
        dialogue?.tell(wrong('answer', 'An answer is needed here', `${goBack} goes back.`))
      } else {
        const tried = await tryAnswer(question, answer, isTyped)
        const isTaken = tellOf(question, tried)
        const isSuggested = answer === question.fallback(draft.given, found)
        // Who has a mirror would see only much later that it is another.
        const isInDoubt = tried.isToBeMade === true && (!isSuggested || option === 'mirror')
        if (isTaken && !(isInDoubt && (await isDeclined(answer, isSuggested)))) {
          if (isTyped && !isSecret) {
            remembered.set(option, answer)
          }
          draft = tried.next
          return 'answered'
        }
        kept = tried.isUsable && !isTaken ? tried.next : null
        answer = null
      }
    }
  }

  /** Whether the answer is taken. Without a dialogue a wrong one throws. */
  function tellOf(question: Question, { findings, isUsable }: Tried): boolean {
    const isWrong = findings.some(({ level }) => level === 'wrong')
    if (isWrong && dialogue === null) {
      throw refused(question, findings)
    }
    for (const finding of findings) {
      if (dialogue !== null) {
        dialogue.tell(finding)
      } else if (finding.level !== 'ok') {
        warn(finding)
      }
    }
    if (isWrong) {
      const what = isUsable ? 'it does not work as it is' : 'it cannot be taken'
      const keep = isUsable ? ', or nothing to keep it all the same' : ''
      dialogue?.tell(wrong('answer', what, `Write it anew${keep}; ${goBack} goes back.`))
    }
    return !isWrong
  }

  /** What was typed, each with the draft before it. */
  const typed: { readonly index: number; readonly before: Draft }[] = []
  for (let index = 0; index < questions.length; index += 1) {
    const question = questions[index]
    const isGiven = question !== undefined && given.has(question.option)
    if (question === undefined || (question.isAsked?.(draft.given) === false && !isGiven)) {
      continue
    }
    const before = draft
    if ((await settle(question)) === 'answered') {
      typed.push(...(isGiven ? [] : [{ index, before }]))
      continue
    }
    const last = typed.pop()
    draft = last?.before ?? draft
    index = (last?.index ?? index) - 1
  }
  return compose(draft, file, bench.terminal.env)
}
