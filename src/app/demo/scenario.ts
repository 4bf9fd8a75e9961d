import type { Sha } from '../../core/ids.ts'
import { type DemoMail, replyMail, seriesMails } from './mails.ts'
import { type Change, type DemoAuthor, firstCommit, type Workshop } from './upstream.ts'

/** What must have come of one version at the end. */
export interface Expectation {
  readonly title: string
  /** Message-ID of the cover or first patch. */
  readonly anchor: string
  readonly version: string
  readonly total: number
  readonly verdict: 'success' | 'failure' | 'conflict' | 'held'
  /** The mail that the one report answers. */
  readonly answers: string
  /** The tree that the mirror must hold; null where nothing may be published. */
  readonly tree: Sha | null
  readonly baseRule: string | null
  /** Patch mails, each of which must be a ref of the mirror where a tree is expected. */
  readonly patches: readonly string[]
  /** Its branch must point at this version at the end. */
  readonly isNewest: boolean
}

/** Mails that arrive together, in this order; the next act waits until the reports named are out. */
export interface Act {
  readonly title: string
  readonly mails: readonly DemoMail[]
  /** Message-IDs that must have been answered before the next act begins. */
  readonly awaits: readonly string[]
}

export interface Scenario {
  readonly acts: readonly Act[]
  readonly expectations: readonly Expectation[]
  /** How many mails cannot be read. */
  readonly quarantined: number
  /** A patch whose `git fetch` line is shown. */
  readonly shownPatch: string
  /** Held, and released by `approve` in some tests. */
  readonly heldAnchor: string
}

export interface ScenarioOptions {
  /** Told in every patch and Message-ID, so that two runs share none of them; null: always the same. */
  readonly run: string | null
  /** Files of the project that its CI reads. */
  readonly workflow: Change
}

/** Author and committer of everything upstream. */
export const maintainer: DemoAuthor = { name: 'Mina Maintainer', address: 'mina@example.org' }
const ada: DemoAuthor = { name: 'Ada Author', address: 'ada@contributor.example' }
const ben: DemoAuthor = { name: 'Ben Beitrag', address: 'ben@contributor.example' }
const zoe: DemoAuthor = { name: 'Zoë Zulieferer', address: 'zoe@contributor.example' }

function languageTest(language: string, greeting: string): string {
  return `got=$(sh ./hello ${language} World)\n[ "$got" = "${greeting}, World!" ] || { echo "got: $got"; exit 1; }\n`
}

function words(language: string, greeting: string): Readonly<Record<string, string>> {
  return {
    [`words/${language}.txt`]: `${greeting}\n`,
    [`tests/${language}.sh`]: languageTest(language, greeting),
  }
}

async function treeOf(workshop: Workshop, revision: string): Promise<Sha> {
  return (await workshop.git('rev-parse', `${revision}^{tree}`)).trim() as Sha
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) {
    throw new RangeError(`the demo made only ${items.length} mails`)
  }
  return item
}

function again(mail: DemoMail): DemoMail {
  return {
    ...mail,
    raw: `Received: from relay.example by lists.example.org; Thu, 01 Jan 2026 10:00:00 +0000\n${mail.raw}`,
  }
}

/** A file that no mail program wrote: what cannot be read is kept, and said. */
const damaged: DemoMail = {
  messageId: '',
  raw: '\u0000\u0001\u0002 this was a mail once \u0000\n',
}

/** Makes the upstream project in the workshop, and all that its contributors will mail. */
export async function makeScenario(
  workshop: Workshop,
  { run, workflow }: ScenarioOptions = { run: null, workflow: {} },
): Promise<Scenario> {
  const suffix = run === null ? '' : `-${run}`
  async function patch(
    change: Change,
    subject: string,
    author: DemoAuthor,
    day: number,
  ): Promise<Sha> {
    const told = run === null ? '' : `\n\nMade for run ${run} of the demo.`
    return workshop.commit(change, `${subject}${told}`, author, day)
  }
  const project = { ...firstCommit, ...workflow }
  const first = await workshop.commit(project, 'hello: greet in English', maintainer, 1)
  const main = await workshop.commit(
    { 'words/it.txt': 'Ciao\n', 'tests/it.sh': languageTest('it', 'Ciao') },
    'words: add Italian',
    maintainer,
    2,
  )

  // Three patches with a cover letter, which pass.
  await workshop.checkout(main)
  await patch(words('de', 'Hallo'), 'words: add German', ada, 5)
  await patch(words('fr', 'Bonjour'), 'words: add French', ada, 5)
  const languages = await patch(words('es', 'Hola'), 'words: add Spanish', ada, 5)
  const languageMails = await seriesMails(workshop, {
    name: `languages${suffix}`,
    range: `${main}..${languages}`,
    author: ada,
    day: 5,
    cover: {
      subject: 'three more languages',
      text: 'German, French and Spanish, each with a test.',
    },
  })

  // Made on a commit that nobody else has: it cannot apply.
  await workshop.checkout(main)
  await patch({ 'words/en.txt': 'Good day\n' }, 'private change', ben, 6)
  const polite = await patch(
    { 'words/en.txt': 'Good evening\n' },
    'words: be polite in the evening',
    ben,
    6,
  )
  const politeMails = await seriesMails(workshop, {
    name: `polite${suffix}`,
    range: `${polite}~1..${polite}`,
    author: ben,
    day: 6,
  })

  // Applies and breaks the tests; its second version does not.
  await workshop.checkout(main)
  const source = firstCommit['hello'] ?? ''
  const loud1 = await patch(
    { hello: source.replace('echo "$word, $2!"', 'echo "$word, $2!!"') },
    'hello: sound more cheerful',
    zoe,
    7,
  )
  const loud1Mails = await seriesMails(workshop, {
    name: `cheerful-v1${suffix}`,
    range: `${main}..${loud1}`,
    author: zoe,
    day: 7,
  })
  await workshop.checkout(main)
  const loud2 = await patch(
    {
      hello: source.replace(
        'echo "$word, $2!"',
        'mark=!\n[ "$CHEERFUL" = yes ] && mark=!!\necho "$word, $2$mark"',
      ),
    },
    'hello: sound more cheerful',
    zoe,
    8,
  )
  const loud2Mails = await seriesMails(workshop, {
    name: `cheerful-v2${suffix}`,
    range: `${main}..${loud2}`,
    author: zoe,
    day: 8,
    version: 2,
    inReplyTo: [at(loud1Mails, 0).messageId],
  })

  // Names the commit it was made on, which is not the newest.
  await workshop.checkout(first)
  const readme = await patch(
    { 'README.md': `${firstCommit['README.md'] ?? ''}\nUsage: hello LANGUAGE NAME\n` },
    'README: say how to use it',
    ada,
    9,
  )
  const readmeMails = await seriesMails(workshop, {
    name: `usage${suffix}`,
    range: `${first}..${readme}`,
    author: ada,
    day: 9,
    base: first,
  })

  // Two patches in reply to each other, without a cover letter.
  await workshop.checkout(main)
  await patch(words('nl', 'Hallo'), 'words: add Dutch', ben, 10)
  const nordic = await patch(words('sv', 'Hej'), 'words: add Swedish', ben, 10)
  const nordicMails = await seriesMails(workshop, {
    name: `nordic${suffix}`,
    range: `${main}..${nordic}`,
    author: ben,
    day: 10,
  })

  // Changes what CI would run: held before anything is pushed.
  await workshop.checkout(main)
  const ci = await patch(
    { '.github/workflows/test.yml': 'on: push\njobs: {}\n' },
    'ci: run the tests on every push',
    zoe,
    11,
  )
  const ciMails = await seriesMails(workshop, {
    name: `workflow${suffix}`,
    range: `${main}..${ci}`,
    author: zoe,
    day: 11,
  })

  const [cover, german, french, spanish] = [0, 1, 2, 3].map((index) => at(languageMails, index))
  const review = replyMail(
    `review-1${suffix}@example.org`,
    [cover?.messageId ?? '', german?.messageId ?? ''],
    '[PATCH 1/3] words: add German',
    maintainer,
    6,
    'Nice.\n\nReviewed-by: Mina Maintainer <mina@example.org>',
  )
  function ids(mails: readonly DemoMail[], from = 0): readonly string[] {
    return mails.slice(from).map(({ messageId }) => messageId)
  }
  function single(
    title: string,
    mails: readonly DemoMail[],
    verdict: Expectation['verdict'],
    tree: Sha | null,
    baseRule: string | null,
  ): Expectation {
    const anchor = at(mails, 0).messageId
    return {
      title,
      anchor,
      version: '1',
      total: mails.length,
      verdict,
      answers: anchor,
      tree,
      baseRule,
      patches: ids(mails),
      isNewest: true,
    }
  }
  return {
    shownPatch: german?.messageId ?? '',
    heldAnchor: at(ciMails, 0).messageId,
    quarantined: 1,
    acts: [
      {
        title: 'mails arrive, out of order, one of them twice, one of them damaged',
        mails: [
          ...[
            spanish,
            cover,
            at(nordicMails, 1),
            german,
            damaged,
            at(politeMails, 0),
            french,
          ].filter((mail) => mail !== undefined),
          ...(french === undefined ? [] : [again(french)]),
          at(nordicMails, 0),
          at(readmeMails, 0),
          at(ciMails, 0),
          at(loud1Mails, 0),
          review,
        ],
        awaits: [at(loud1Mails, 0).messageId],
      },
      {
        title: 'the author of the failing patch sends a second version',
        mails: [at(loud2Mails, 0)],
        awaits: [],
      },
    ],
    expectations: [
      {
        title: 'three more languages',
        anchor: cover?.messageId ?? '',
        version: '1',
        total: 3,
        verdict: 'success',
        answers: cover?.messageId ?? '',
        tree: await treeOf(workshop, languages),
        baseRule: null,
        patches: ids(languageMails, 1),
        isNewest: true,
      },
      single('words: be polite in the evening', politeMails, 'conflict', null, null),
      {
        ...single(
          'hello: sound more cheerful',
          loud1Mails,
          'failure',
          await treeOf(workshop, loud1),
          null,
        ),
        isNewest: false,
      },
      {
        ...single(
          'hello: sound more cheerful',
          loud2Mails,
          'success',
          await treeOf(workshop, loud2),
          null,
        ),
        version: '2',
      },
      single(
        'README: say how to use it',
        readmeMails,
        'success',
        await treeOf(workshop, readme),
        'base-commit',
      ),
      single('words: add Dutch', nordicMails, 'success', await treeOf(workshop, nordic), null),
      single('ci: run the tests on every push', ciMails, 'held', null, null),
    ],
  }
}
