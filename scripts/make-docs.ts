import { writeFile } from 'node:fs/promises'
import { madeDocuments } from './made-documents.ts'

/** `npm run docs`: writes the documents that are made from the source. */
for (const [file, text] of Object.entries(madeDocuments())) {
  await writeFile(new URL(`../${file}`, import.meta.url), text)
}
