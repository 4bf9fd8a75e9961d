import { Liquid, type Template } from 'liquidjs'
import { BotError } from '../core/bot-error.ts'

/** Fills in one template. */
export type FillTemplate = (name: string, values: Readonly<Record<string, unknown>>) => string

// A line with nothing but a tag leaves no line behind, unless text comes of the tag. Written as whitespace control,
// so that line numbers in errors stay true.
const tagLine = /^[ \t]*\{%-?((?!\s*(?:include|render|echo)\b)(?:(?!%\}).)*?)-?%\}[ \t]*$/gm

function toFault(name: string, cause: unknown): BotError {
  const what = cause instanceof Error ? cause.message : String(cause)
  return new BotError('REPORT_TEMPLATE_INVALID', `mail template ${name}: ${what}`, {
    retry: 'after-human',
    details: { template: name },
    cause,
  })
}

/**
 * Liquid on these texts and nothing else: no file is read, an unknown variable or filter is an error, and an empty
 * string counts as false. Throws REPORT_TEMPLATE_MISSING and REPORT_TEMPLATE_INVALID, which names line and column.
 */
export function templateEngine(texts: Readonly<Record<string, string>>): FillTemplate {
  const templates = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      text.replaceAll('\r\n', '\n').replace(/\n+$/, '').replace(tagLine, '{%-$1-%}'),
    ]),
  )
  const liquid = new Liquid({
    templates,
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    jsTruthy: true,
    greedy: false,
    parseLimit: 1_000_000,
    memoryLimit: 10_000_000,
    timezoneOffset: 0,
  })
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
