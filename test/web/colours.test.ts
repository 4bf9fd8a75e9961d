import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../templates/web/dashboard.css', import.meta.url), 'utf8')

/** The colours of each scheme by name, dark ones over light ones. */
function schemes(): Readonly<Record<string, ReadonlyMap<string, string>>> {
  const [, light = '', dark = ''] =
    /^:root \{(.*?)^\}.*?prefers-color-scheme: dark\) \{(.*?)^\}/ms.exec(css) ?? []
  function read(text: string): readonly [string, string][] {
    return [...text.matchAll(/--([\w-]+): (#[\da-f]{3,6});/g)].map(([, name = '', colour = '']) => [
      name,
      colour,
    ])
  }
  return { light: new Map(read(light)), dark: new Map([...read(light), ...read(dark)]) }
}

/** Relative luminance as WCAG 2 defines it. */
function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replace(/[\da-f]/g, '$&$&') : colour
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(digits.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

const grounds: Readonly<Record<string, readonly string[]>> = {
  ink: 'paper card hover code add del hunk wait-ground bad-ground good-ground'.split(' '),
  soft: 'paper card hover code hunk'.split(' '),
  accent: 'paper card wait-ground bad-ground'.split(' '),
  'on-accent': ['accent'],
  good: ['good-ground', 'card', 'hover'],
  bad: ['bad-ground', 'card', 'hover'],
  wait: ['wait-ground'],
  busy: ['busy-ground'],
  calm: ['calm-ground'],
  done: ['done-ground'],
}

const pairs = Object.entries(grounds).flatMap(([text, own]) =>
  own.map((ground) => ({ text, ground })),
)

describe.each(Object.entries(schemes()))('in the %s scheme', (_scheme, colours) => {
  it.each(pairs)('$text can be read on $ground', ({ text, ground }) => {
    expect(contrast(colours.get(text) ?? '', colours.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5)
  })
})
