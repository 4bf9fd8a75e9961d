import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { makeOpenApiChecker, type OpenApiDocument } from '../fake-forge/openapi-checker.ts'

const file = path.resolve(import.meta.dirname, '../../fixtures/openapi/github.json.gz')

interface Published extends OpenApiDocument {
  readonly components: {
    readonly schemas: Readonly<
      Record<string, { readonly properties: Readonly<Record<string, Record<string, unknown>>> }>
    >
  }
}

/**
 * The description says that these are always numbers. They are null once a remark is outdated: the lines that it was made on
 * are not in the diff any more (community discussions of GitHub, and every client that has them as optional).
 */
const nullOnceOutdated = ['line', 'start_line', 'position']

function readDescription(): OpenApiDocument {
  const document = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as Published
  for (const name of ['pull-request-review-comment', 'review-comment']) {
    for (const property of nullOnceOutdated) {
      const schema = document.components.schemas[name]?.properties[property]
      if (schema !== undefined) {
        schema['nullable'] = true
      }
    }
  }
  return document
}

/** Made once for all fakes of a test file: its validators take a while to compile. */
export const githubChecker = makeOpenApiChecker(readDescription())
