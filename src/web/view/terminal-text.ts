/** Colours, cursor movements and titles (ECMA-48 CSI and OSC sequences), and other escapes of two characters. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const escapes = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g

/** A log as a person would have read it: no escapes, and of a line redrawn by carriage returns its last state. */
export function withoutAnsi(log: string): string {
  return log
    .replace(escapes, '')
    .replace(/\r+\n/g, '\n')
    .replace(/[^\n]*\r(?=[^\n])/g, '')
    .replace(/\r/g, '')
}
