import { type Html, html } from './html.ts'

/** Drawn in 16 by 16 with the colour of the text, so that a state is told by shape too. */
const shapes = {
  check: html`<path d="M3 8.5l3.2 3.2L13 4.8"/>`,
  cross: html`<path d="M4 4l8 8M12 4l-8 8"/>`,
  bang: html`<path d="M8 2.2L14.4 13.4H1.6Z"/><path d="M8 6.4v3.2M8 11.6v.1"/>`,
  unequal: html`<path d="M3 6h10M3 10h10M11 3L5 13"/>`,
  pause: html`<path d="M5.5 3.5v9M10.5 3.5v9"/>`,
  clock: html`<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.4 1.6"/>`,
  running: html`<path d="M14 8a6 6 0 1 1-6-6"/>`,
  dots: html`<path d="M3.5 8h.1M8 8h.1M12.5 8h.1" stroke-width="2.4"/>`,
  merge: html`<circle cx="4.5" cy="3.8" r="1.8"/><circle cx="4.5" cy="12.2" r="1.8"/><circle cx="11.8" cy="8" r="1.8"/><path d="M4.5 5.6v4.8M4.5 6c.4 1.6 2.6 2 5.4 2"/>`,
  dash: html`<path d="M3.5 8h9"/>`,
  mute: html`<circle cx="8" cy="8" r="6"/><path d="M3.8 12.2l8.4-8.4"/>`,
  sent: html`<path d="M2 8l12-5.5-4 11-2.6-4.4Z"/>`,
} as const

export type IconName = keyof typeof shapes

/** Said by the words beside it, hence hidden from screen readers. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${shapes[name]}</svg>`
}
