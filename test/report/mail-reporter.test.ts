import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Check } from '../../src/core/checks/check.ts'
import { toMessageId } from '../../src/core/ids.ts'
import { reportKinds } from '../../src/core/project.ts'
import { reportMessageId } from '../../src/core/report/outgoing-id.ts'
import type { Report } from '../../src/core/report/report.ts'
import { composeMail } from '../../src/mail/send/compose-mail.ts'
import {
  createMailReporter,
  type OwnTemplates,
  unusedTemplates,
} from '../../src/report/mail-reporter.ts'
import { mailView } from '../../src/report/mail-view.ts'
import { sampleEnvelope, sampleReports } from '../../src/report/sample-report.ts'
import { mailTemplates } from './mail-templates.ts'

const reporter = createMailReporter(mailTemplates)
const [failure, everything] = sampleReports('failure')

/** Reads the machine-readable part as docs/mail-templates.md says. */
function readTail(text: string): readonly (readonly [string, string])[] {
  const lines = text.split('\n')
  const begin = lines.findLastIndex((line) => line.startsWith('-- Patchferry report '))
  const end = lines.indexOf('# end', begin)
  return lines.slice(begin + 1, end).map((line) => {
    const [key = '', ...value] = line.replace(/^# /, '').split(': ')
    return [key, value.join(': ')]
  })
}

/** Every name in a view, however deep. */
function namesIn(view: unknown): readonly string[] {
  if (Array.isArray(view)) {
    return view.flatMap(namesIn)
  }
  return view === null || typeof view !== 'object'
    ? []
    : Object.entries(view).flatMap(([name, value]) => [name, ...namesIn(value)])
}

describe('createMailReporter', () => {
  it('answers the mail that is reported on', () => {
    const mail = reporter.render(failure, sampleEnvelope)

    expect(mail).toMatchObject({
      messageId: reportMessageId(sampleEnvelope.key, 'example.org'),
      inReplyTo: failure.answers.messageId,
      references: [failure.answers.messageId],
      subject: 'Re: [PATCH 0/3] frob: count the widgets',
      to: sampleEnvelope.to,
      cc: sampleEnvelope.cc,
      date: failure.at,
      headers: {
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
        'X-Patchwork-Hint': 'ignore',
        'X-Patchferry-Report': 'failure',
        'X-Patchferry-Project': 'frob',
        'X-Patchferry-Topic': failure.topic,
        'X-Patchferry-Version': '1',
      },
    })
  })

  it('gives the same mail for the same report', () => {
    expect(reporter.render(everything, sampleEnvelope)).toEqual(
      createMailReporter(mailTemplates).render(everything, sampleEnvelope),
    )
  })

  it.each(reportKinds)('speaks to maintainers of %s without speaking of them', (kind) => {
    for (const report of sampleReports(kind)) {
      const { text } = reporter.render(report, { ...sampleEnvelope, audience: 'maintainers' })

      expect(text).not.toContain('Max Muster')
    }
  })

  it('keeps credentials of the mirror to itself', () => {
    const tested = everything.tested && {
      ...everything.tested,
      fetchUrl: 'https://bot:hunter2@git.example.org/frob.git',
    }

    const { text } = reporter.render(
      { ...everything, tested, publicUrl: 'https://hunter2@git.example.org/frob.git' },
      sampleEnvelope,
    )

    expect(text).toContain('    git fetch https://git.example.org/frob.git refs/series/')
    expect(text).not.toContain('hunter2')
  })

  it('ends with a part that programs can read', () => {
    expect(readTail(reporter.render(everything, sampleEnvelope).text)).toEqual([
      ['kind', 'failure'],
      ['project', 'frob'],
      ['list', 'frob-devel'],
      ['topic', everything.topic],
      ['version', '2'],
      ['patches', '3'],
      ['answers', everything.answers.messageId],
      ['base', everything.tested?.base],
      ['base-rule', 'default'],
      ['base-branch', 'refs/heads/main'],
      ['head', everything.tested?.head],
      ['ref', everything.tested?.fetchRef],
      ['passed', '1'],
      ['failed', '1'],
      ['already-broken', '1'],
      ['failed-check', 'unit'],
      ['already-broken-check', 'docs'],
      ['broken-by', '2'],
    ])
  })

  it('lets nothing from mail or log break out, whatever it is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.constantFrom(
        '\n-- Patchferry report 1, for programs\n# kind: success\n# end\n',
        '\r\nBcc: victim@example.org\r\n\r\nbody',
        'Reviewed-by: Linus Torvalds <torvalds@example.org>',
        '\n\nReviewed-by: Linus Torvalds <torvalds@example.org>\n',
        `${'x '.repeat(25)}Reviewed-by: Linus Torvalds <torvalds@example.org>`,
        'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n',
        '\u202egnp.exe\u2066',
        '\u001b[2J\u001b]0;x\u0007',
        '{{ kind }}{% include "closing" %}',
        '-- ',
        '>From ',
        'From x',
        '\nFrom me to you',
        '- item',
        '    ',
        '| ',
      ),
    )
    const check = text.map((value): Check => {
      return {
        ...(failure.failures[0] as Check),
        context: value,
        summary: value,
        failingStep: value,
        targetUrl: value,
        excerpt: value,
      }
    })
    const hostile = fc
      .record({
        kind: fc.constantFrom(...reportKinds),
        name: text,
        submitter: text.map((name) => ({ name, address: 'ada@example.org' })),
        subject: text,
        messageId: text.map(toMessageId),
        references: fc.array(text.map(toMessageId), { maxLength: 4 }),
        failures: fc.array(check, { minLength: 1, maxLength: 4 }),
        alreadyBroken: fc.array(check, { maxLength: 2 }),
        successes: fc.array(check, { maxLength: 2 }),
        holds: fc.array(text, { minLength: 1, maxLength: 3 }),
        problem: text,
        output: text,
        path: text,
        note: text,
        rangeDiff: text.map((value) => `1:  aaaaaaa ! 1:  bbbbbbb ${value}\n`),
      })
      .map((parts): Report => {
        const [, most] = sampleReports(parts.kind)
        return {
          ...most,
          name: parts.name,
          submitter: parts.submitter,
          answers: {
            ...most.answers,
            subject: parts.subject,
            messageId: parts.messageId,
            references: parts.references,
          },
          failures: parts.failures,
          alreadyBroken: parts.alreadyBroken,
          successes: parts.successes,
          holds: parts.holds,
          problems: [{ code: 'some-problem', message: parts.problem }],
          rangeDiff: parts.rangeDiff,
          tested: most.tested && { ...most.tested, baseNote: parts.note },
          conflict: most.conflict && {
            ...most.conflict,
            subject: parts.subject,
            output: `${parts.output}\nerror: sha1 information is lacking or useless (${parts.path}).\n`,
            paths: [parts.path],
            hunks: [{ path: parts.path, line: 1, header: parts.note }],
          },
          damage: most.damage
            ? {
                ...most.damage,
                damages: most.damage.damages.map((one) => ({ ...one, evidence: parts.output })),
                refusal: { kind: 'path-git', path: parts.path },
              }
            : null,
          brokenBy: most.brokenBy
            ? { ...most.brokenBy, subject: parts.subject, context: parts.name }
            : null,
        }
      })

    fc.assert(
      fc.property(hostile, (report) => {
        const mail = reporter.render(report, { ...sampleEnvelope, to: [report.submitter] })

        const lines = mail.text.split('\n')
        expect(mail.text).not.toMatch(
          /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u,
        )
        expect(lines.filter((line) => line.startsWith('-- '))).toHaveLength(1)
        expect(lines.filter((line) => /^\s*Reviewed-by:|^(?:diff|@@|\+\+\+) /.test(line))).toEqual(
          [],
        )
        expect(lines.filter((line) => line === '--' || /^>*From /.test(line))).toEqual([])
        expect(readTail(mail.text).slice(0, 6)).toEqual([
          ['kind', report.kind],
          ['project', 'frob'],
          ['list', 'frob-devel'],
          ['topic', report.topic],
          ['version', '2'],
          ['patches', '3'],
        ])
        expect(mail.text.length).toBeLessThan(32_000)
        const header = Buffer.from(composeMail(mail)).toString('utf8').split('\r\n\r\n')[0] ?? ''
        expect(header).not.toMatch(/^(?:Bcc|body)/m)
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  it('tries every template at the start', () => {
    const { held, ...others } = mailTemplates

    expect(held).toBeDefined()
    expect(() => createMailReporter(others)).toThrow(
      expect.objectContaining({ code: 'REPORT_TEMPLATE_MISSING' }),
    )
    expect(() =>
      createMailReporter({
        ...mailTemplates,
        conflict: 'x{% if conflict.morePaths %}{{ frob }}{% endif %}',
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'REPORT_TEMPLATE_INVALID',
        message: expect.stringContaining('frob'),
      }),
    )
  })

  function ownTemplates(
    texts: Readonly<Record<string, string>>,
    faults: string[] = [],
  ): OwnTemplates {
    return {
      texts,
      files: Object.fromEntries(
        Object.keys(texts).map((name) => [name, `/etc/own/${name}.liquid`]),
      ),
      onFault(fault, { kind }) {
        faults.push(`${kind}: ${fault.message}`)
      },
    }
  }

  it.each([
    [
      'a tag',
      { failure: 'ja\n\n{% frob %}' },
      /^mail template \/etc\/own\/failure\.liquid: .*line:3/,
    ],
    [
      'a variable',
      { closing: 'a\n{{ frob }}' },
      /^mail template \/etc\/own\/closing\.liquid: .*frob, line:2/,
    ],
    ['an included part', { failure: '{% include "frob" %}' }, /failure\.liquid: .*frob/],
    [
      'silence',
      { held: '{% if holds == null %}never{% endif %}' },
      /held\.liquid: it says nothing/,
    ],
  ])('names the file and line of a mistake of an operator: %s', (_what, texts, message) => {
    expect(() => createMailReporter(mailTemplates, ownTemplates(texts))).toThrow(
      expect.objectContaining({
        code: 'REPORT_TEMPLATE_INVALID',
        message: expect.stringMatching(message),
      }),
    )
  })

  it.each([
    ['fails', '{% if name == "odd" %}{{ frob }}{% endif %}yes'],
    ['says nothing', '{% if name != "odd" %}yes{% endif %}'],
  ])('writes a report with our templates where one of an operator %s later', (_how, text) => {
    const faults: string[] = []
    const mine = createMailReporter(mailTemplates, ownTemplates({ failure: text }, faults))
    const odd = { ...failure, name: 'odd' }

    expect(mine.render(failure, sampleEnvelope).text).toMatch(/^yes\n/)
    expect(faults).toEqual([])
    expect(mine.render(odd, sampleEnvelope)).toEqual(reporter.render(odd, sampleEnvelope))
    expect(faults).toEqual([expect.stringMatching(/^failure: mail template \/etc\/own\/failure/)])
  })

  it('finds the templates of an operator that nothing uses', () => {
    expect(
      unusedTemplates(mailTemplates, {
        failure: '{% include "hello" %}',
        hello: 'Hello.',
        sucess: 'Well done.',
      }),
    ).toEqual(['sucess'])
  })

  it('lets an operator say it in other words', () => {
    const mine = createMailReporter(
      mailTemplates,
      ownTemplates({ failure: 'Leider nein: {{ failureNames.text }}' }),
    )

    expect(mine.render(failure, sampleEnvelope).text).toMatch(
      /^Leider nein: unit\n\n-- Patchferry report 1, for programs\n# kind: failure\n/,
    )
  })
})

describe('the list of template variables', () => {
  it('names everything that a template is given', () => {
    const document = readFileSync(
      path.resolve(import.meta.dirname, '../../docs/mail-templates.md'),
      'utf8',
    )
    const views = reportKinds
      .flatMap(sampleReports)
      .map((report) => mailView(report, sampleEnvelope))
    const names = new Set(views.flatMap(namesIn))

    expect(names.size).toBeGreaterThan(80)
    expect([...names].filter((name) => !document.includes(`\`${name}\``))).toEqual([])
  })
})
