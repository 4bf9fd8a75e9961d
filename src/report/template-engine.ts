import { Liquid, type Template } from 'liquidjs'
import { BotError } from '../core/bot-error.ts'

/** Fills in one template. */
export type FillTemplate = (name: string, values: Readonly<Record<string, unknown>>) => string

// A line with nothing but a tag leaves no line behind, unless text comes of the tag. Written as whitespace control,
// so that line numbers in errors stay true.
const tagLine = /^[ \t]*\{%-?((?!\s*(?:include|render|echo)\b)(?:(?!%\}).)*?)-?%\}[ \t]*$/gm

/** Of some errors Liquid names the line only; then the template is the one whose line reads as the one it shows. */
function templateAt(
  { message, context }: { readonly message: string; readonly context?: unknown },
  templates: Readonly<Record<string, string>>,
): string | null {
  const named = /, file:([^,]+), line:/.exec(message)?.[1]
  const shown = />> *(\d+)\| ([^\n]*)/.exec(typeof context === 'string' ? context : '')
  const line = Number(shown?.[1] ?? 0) - 1
  return (
    named ??
    Object.keys(templates).find((name) => templates[name]?.split('\n')[line] === shown?.[2]) ??
    null
  )
}

/**
 * Liquid on these texts and nothing else: no file is read, an unknown variable or filter is an error, and an empty
 * string counts as false. `files` are the names under which people know the templates. Throws REPORT_TEMPLATE_MISSING and REPORT_TEMPLATE_INVALID, which names line and column.
 */
export function templateEngine(
  texts: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): FillTemplate {
  const templates = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      text.replaceAll('\r\n', '\n').replace(/\n+$/, '').replace(tagLine, '{%-$1-%}'),
    ]),
  )
  const liquid = new Liquid({
    templates,
    // Of what templates include, which is parsed once then.
    cache: true,
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    jsTruthy: true,
    greedy: false,
    parseLimit: 1_000_000,
    memoryLimit: 10_000_000,
    renderLimit: 5_000,
    timezoneOffset: 0,
  })

  function toFault(name: string, cause: unknown): BotError {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    const place = templateAt(error, templates) ?? name
    const what = error.message.replace(/, file:[^,]+(?=, line:)/, '')
    const message = `mail template ${files[place] ?? place}: ${what}`
    return new BotError('REPORT_TEMPLATE_INVALID', message, {
      retry: 'after-human',
      details: { template: place },
      cause,
    })
  }

  const parsed = new Map<string, Template[]>()
  for (const [name, text] of Object.entries(templates)) {
    try {
      parsed.set(name, liquid.parse(text, name))
    } catch (error) {
      throw toFault(name, error)
    }
  }
  return (name, values) => {
    const template = parsed.get(name)
    if (template === undefined) {
      throw new BotError('REPORT_TEMPLATE_MISSING', `there is no mail template ${name}`, {
        retry: 'after-human',
        details: { template: name },
      })
    }
    try {
      return String(liquid.renderSync(template, { ...values }))
    } catch (error) {
      throw toFault(name, error)
    }
  }
}
