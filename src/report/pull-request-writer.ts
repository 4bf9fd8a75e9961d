import type { MessageId, RefName } from '../core/ids.ts'
import type { MailingList } from '../core/project.ts'
import type {
  BlockedVersion,
  Closing,
  PullRequestStory,
  VersionNews,
} from '../core/pull-request/pull-request-story.ts'
import type { TestedState } from '../core/report/report.ts'
import { archiveLink } from './archive-link.ts'
import { codeSpan, type Fenced, fenced, inlineText, titleText } from './forge-text.ts'
import { plainLine, shellWord } from './plain-text.ts'
import { type RangeDiffSummary, summarizeRangeDiff } from './range-diff.ts'
import { type FillTemplate, templateEngine } from './template-engine.ts'
import { baseRuleWords, joinNames } from './words.ts'

/** What Patchferry writes on a forge. Pure: the same facts give the same text. */
export interface PullRequestWriter {
  /** `maxLength`: of the body, in characters, 0 where nobody set one. */
  describe(
    story: PullRequestStory,
    maxLength: number,
  ): { readonly title: string; readonly body: string }
  newVersion(news: VersionNews, maxLength: number): string
  blocked(version: BlockedVersion): string
  closing(closing: Closing): string
}

/** Kept free for the hidden marker that the forge's driver adds. */
const markerLength = 300
const usualLength = 60_000
const mostRows: readonly number[] = [1000, 200, 100, 50, 20, 5, 0]

function lengthFor(maxLength: number): number {
  return (maxLength > 0 ? maxLength : usualLength) - markerLength
}

function shortRef(ref: RefName): string {
  return codeSpan(ref.replace(/^refs\/heads\//, ''))
}

function linkedId(messageId: MessageId, list: MailingList): string {
  const url = archiveLink(list, messageId)
  const shown = codeSpan(messageId)
  return url === null ? shown : `[${shown}](${url})`
}

function baseView(tested: TestedState): Readonly<Record<string, unknown>> {
  const { base, baseBranch, baseRule, baseNote } = tested
  return {
    short: codeSpan(base.slice(0, 12)),
    branch: baseBranch ? shortRef(baseBranch) : null,
    words: baseRule ? baseRuleWords[baseRule] : 'its base',
    note: baseNote ? inlineText(baseNote, 400) : null,
  }
}

function fetchLines({ fetchUrl, fetchRef }: TestedState): string {
  const url = fetchUrl.replace(/^(https?:\/\/)[^/@]*@/, '$1')
  return `    git fetch ${shellWord(url)} ${shellWord(fetchRef)}\n    git checkout FETCH_HEAD`
}

function patches(count: number, words: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? 'patch' : 'patches'} ${words}`]
}

function summaryWords({ same, changed, added, dropped }: RangeDiffSummary): string {
  const parts = [
    ...patches(changed, 'changed'),
    ...patches(added, 'new'),
    ...patches(dropped, 'dropped'),
    ...patches(same, 'as before'),
  ]
  return joinNames(parts, 'and')
}

/** A line or block that begins or ends a template leaves no empty lines there. */
function trimmed(text: string): string {
  return text.replace(/^\n+|\n+$/g, '')
}

function describeWith(
  fill: FillTemplate,
  story: PullRequestStory,
  maxLength: number,
): ReturnType<PullRequestWriter['describe']> {
  const longest = lengthFor(maxLength)
  function bodyWith(rows: number, text: Fenced | null): string {
    const more = story.patches.length - rows
    return trimmed(
      fill('body', {
        text: text?.text ?? '',
        isTextCut: text?.isCut === true,
        archive: archiveLink(story.list, story.anchor),
        list: codeSpan(story.list.address),
        patches: story.patches.slice(0, rows).map(({ number, subject, messageId }) => ({
          number,
          subject: inlineText(subject),
          id: linkedId(messageId, story.list),
        })),
        morePatches: more > 0 ? more : null,
        version: story.version,
        submitter: inlineText(story.submitter.name || story.submitter.address, 100),
        base: baseView(story.tested),
        dependsOn: story.dependsOn && {
          number: story.dependsOn.number,
          name: inlineText(story.dependsOn.name),
          version: story.dependsOn.version,
          newer: story.dependsOn.newer,
        },
        replaces: story.replaces,
        fetch: fetchLines(story.tested),
        project: inlineText(story.project, 100),
      }),
    )
  }
  const nothing: Fenced = { text: '', isCut: true }
  const rows = mostRows.find((count) => bodyWith(count, nothing).length <= longest) ?? 0
  const room = longest - bodyWith(rows, nothing).length
  const text = fenced(story.text, room)
  return {
    title: titleText(
      fill('title', { prefixes: story.prefixes.join(' ') || null, name: story.name }),
    ),
    body: bodyWith(rows, text ?? (story.text.trim() === '' ? null : nothing)),
  }
}

function newVersionWith(fill: FillTemplate, news: VersionNews, maxLength: number): string {
  const summary = news.rangeDiff === null ? null : summarizeRangeDiff(news.rangeDiff)
  function textWith(rangeDiff: Fenced | null): string {
    return trimmed(
      fill('new-version', {
        isNewVersion: news.previous !== news.version,
        hasNewMails: news.previous !== news.version || news.isOtherSeries,
        isOtherSeries: news.isOtherSeries,
        isCoverChanged: news.isCoverChanged,
        version: news.version,
        previous: news.previous,
        base: baseView(news.tested),
        summary: summary === null ? null : summaryWords(summary),
        archive: archiveLink(news.list, news.anchor),
        rangeDiff: rangeDiff?.text ?? null,
        isRangeDiffCut: rangeDiff?.isCut === true,
        fetch: fetchLines(news.tested),
      }),
    )
  }
  const bare = textWith({ text: ' ', isCut: true })
  const room = lengthFor(maxLength) - bare.length
  return textWith(news.rangeDiff === null ? null : fenced(news.rangeDiff, room, 'diff'))
}

function blockedWith(fill: FillTemplate, version: BlockedVersion): string {
  const { conflict, head } = version
  const paths = (conflict?.paths ?? []).slice(0, 10).map((path) => codeSpan(path))
  return trimmed(
    fill('blocked', {
      state: version.state,
      version: version.version,
      shown: version.shown,
      conflict: conflict && { number: conflict.number, paths: joinNames(paths, 'and') || null },
      holds: version.holds.length === 0 ? null : version.holds.map((why) => inlineText(why, 400)),
      head,
      command: head === null ? null : `    /patchferry approve ${head}`,
      archive: archiveLink(version.list, version.anchor),
    }),
  )
}

/** `templates` are the texts of templates/pull-request by file name without ending. Throws REPORT_TEMPLATE_*. */
export function createPullRequestWriter(
  templates: Readonly<Record<string, string>>,
): PullRequestWriter {
  const fill = templateEngine(templates)
  return {
    describe: (story, maxLength) => describeWith(fill, story, maxLength),
    newVersion: (news, maxLength) => newVersionWith(fill, news, maxLength),
    blocked: (version) => blockedWith(fill, version),
    closing: ({ reason, branch, why, successor }) =>
      trimmed(
        fill('closed', {
          reason,
          branch: branch === null ? null : shortRef(branch),
          why: plainLine(why) === '' ? null : inlineText(why, 400),
          successor,
        }),
      ),
  }
}
