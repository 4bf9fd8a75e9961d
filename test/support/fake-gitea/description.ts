import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  makeOpenApiChecker,
  type OpenApiChecker,
  type OpenApiDocument,
} from '../fake-forge/openapi-checker.ts'
import type { FakeVersion } from './versions.ts'

type Paths = Record<string, Record<string, { parameters?: { readonly name: string }[] }>>

interface Document {
  paths: Paths
  readonly components: {
    readonly schemas: Record<string, { readonly properties?: Record<string, unknown> }>
  }
}

const folder = path.resolve(import.meta.dirname, '../../fixtures/openapi')
const repository = '/repos/{owner}/{repo}'

export function readDescription(name: 'forgejo' | 'gitea-actions'): Document {
  return JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')) as Document
}

const checkers = new Map<FakeVersion, OpenApiChecker>()

/** Of one version: what it does not have yet is not described, so that asking for it is a problem. */
export function checkerOf(version: FakeVersion): OpenApiChecker {
  const known = checkers.get(version) ?? makeOpenApiChecker(describe(version))
  checkers.set(version, known)
  return known
}

function describe(version: FakeVersion): OpenApiDocument {
  const document = readDescription('forgejo')
  const { paths, components } = document
  const isGitea = version.product === 'gitea'
  for (const name of Object.keys(paths).filter((one) => one.includes('/actions/'))) {
    if (isGitea || !(name.endsWith('/runs') ? version.runs : version.jobs)) {
      delete paths[name]
    }
  }
  const list = paths[`${repository}/pulls`]?.['get']
  if (!version.filtersByHead && list?.parameters !== undefined) {
    list.parameters = list.parameters.filter(({ name }) => name !== 'head')
  }
  if (!version.remarkRanges) {
    delete components.schemas['CreatePullReviewComment']?.properties?.['extra_lines_count']
  }
  if (isGitea && version.runs) {
    const own = readDescription('gitea-actions')
    if (!version.rerun) {
      delete own.paths[`${repository}/actions/runs/{run}/rerun`]
    }
    Object.assign(paths, own.paths)
    Object.assign(components.schemas, own.components.schemas)
  }
  return document as unknown as OpenApiDocument
}
