import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const folder = path.resolve(import.meta.dirname, '../../templates/mail')

/** The templates that Patchferry comes with, as the app hands them to `createMailReporter`. */
export const mailTemplates: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.endsWith('.liquid'))
    .map((file) => [path.basename(file, '.liquid'), readFileSync(path.join(folder, file), 'utf8')]),
)
