import { diffOf, type Edit, type Tree, withEdit } from './soak-tree.ts'

export const soakList = 'soak-devel@lists.example.org'
const listId = 'soak-devel.lists.example.org'

export interface SoakPatch {
  readonly title: string
  readonly edit: Edit
}

/** One version of a patch set. */
export interface SoakSeries {
  readonly number: number
  readonly version: number
  readonly author: string
  readonly name: string
  readonly patches: readonly SoakPatch[]
  /** What it was made on. */
  readonly tree: Tree
  /** Written as `base-commit:`; null where it does not say. */
  readonly base: string | null
  readonly sentAt: Date
}

export interface SoakMail {
  readonly messageId: string
  readonly raw: string
}

interface Letter {
  readonly messageId: string
  readonly from: string
  readonly subject: string
  readonly at: Date
  readonly answers: readonly string[]
  readonly body: string
}

function address(author: string): string {
  return `${author} <${author.toLowerCase().replace(/\W+/g, '.')}@contributor.example>`
}

export function letter({ messageId, from, subject, at, answers, body }: Letter): SoakMail {
  const parent = answers.at(-1)
  const lines = [
    `From: ${address(from)}`,
    `To: ${soakList}`,
    `List-Id: <${listId}>`,
    `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${messageId}>`,
    ...(parent === undefined
      ? []
      : [`In-Reply-To: <${parent}>`, `References: ${answers.map((id) => `<${id}>`).join(' ')}`]),
    `Subject: ${subject}`,
    '',
    body,
  ]
  return { messageId, raw: lines.join('\n') }
}

function idOf({ number, version }: SoakSeries, patch: number): string {
  return `soak.${number}.v${version}-${patch}@contributor.example`
}

/** What a reader answers, and what the next version does. */
export function firstId(series: SoakSeries): string {
  return idOf(series, series.patches.length > 1 ? 0 : 1)
}

function prefix({ version, patches }: SoakSeries, number: number): string {
  const words = ['PATCH', ...(version > 1 ? [`v${version}`] : [])]
  return `[${[...words, ...(patches.length > 1 ? [`${number}/${patches.length}`] : [])].join(' ')}]`
}

/** As `git format-patch` writes them: a cover where there are several patches, each mail in reply to the first. */
export function seriesMails(series: SoakSeries): readonly SoakMail[] {
  const { patches, author, base } = series
  const said = base === null ? '' : `\nbase-commit: ${base}\n`
  const mails: SoakMail[] = []
  const shared = { from: author, at: series.sentAt }
  if (patches.length > 1) {
    const body = `These patches mend ${series.name}.\n\n${patches.map(({ title }) => `  ${title}`).join('\n')}\n${said}-- \n2.39.5\n`
    const subject = `${prefix(series, 0)} ${series.name}`
    mails.push(letter({ ...shared, messageId: firstId(series), subject, answers: [], body }))
  }
  let tree = series.tree
  for (const [index, { title, edit }] of patches.entries()) {
    const number = index + 1
    const diff = diffOf(tree, edit)
    tree = withEdit(tree, edit)
    mails.push(
      letter({
        ...shared,
        messageId: idOf(series, number),
        subject: `${prefix(series, number)} ${title}`,
        answers: patches.length > 1 ? [firstId(series)] : [],
        body: [
          'It was wrong before.',
          '',
          `Signed-off-by: ${address(author)}`,
          '---',
          ` ${edit.file} | 2 +-`,
          ' 1 file changed, 1 insertion(+), 1 deletion(-)',
          '',
          `${diff}${patches.length === 1 ? said : ''}-- `,
          '2.39.5',
          '',
        ].join('\n'),
      }),
    )
  }
  return mails
}

/** A copy that came by another way: the same mail with a footer. */
export function withFooter({ messageId, raw }: SoakMail): SoakMail {
  const footer = '_______________________________________________\nsoak-devel mailing list\n'
  return { messageId, raw: `${raw}${footer}` }
}
