import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { makeOpenApiChecker, type OpenApiDocument } from '../fake-forge/openapi-checker.ts'

const file = path.resolve(import.meta.dirname, '../../fixtures/openapi/github.json.gz')

/** Made once for all fakes of a test file: its validators take a while to compile. */
export const githubChecker = makeOpenApiChecker(
  JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as OpenApiDocument,
)
