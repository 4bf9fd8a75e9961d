import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readDescription } from '../support/fake-gitea/description.ts'

type Json = unknown
type JsonObject = Readonly<Record<string, Json>>

const file =
  process.env['PATCHFERRY_FORGEJO_SWAGGER'] ??
  path.resolve(import.meta.dirname, '../../../shared/openapi/forgejo-v16-swagger.json')
const isThere = existsSync(file)
const reason = isThere ? '' : ` (skipped: PATCHFERRY_FORGEJO_SWAGGER names no file, nor is ${file})`

function at(value: Json, ...names: readonly string[]): Json {
  return names.reduce((inner: Json, name) => (inner as JsonObject | undefined)?.[name], value)
}

/** The same by both: what a reference leads to, in either document. */
function follow(document: Json, value: Json): JsonObject {
  const reference = at(value, '$ref') ?? at(value, 'allOf', '0', '$ref')
  return typeof reference === 'string'
    ? follow(document, at(document, ...reference.slice(2).split('/')))
    : ((value ?? {}) as JsonObject)
}

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** Refusals that the swagger leaves out here and there. */
const common = ['401', '403', '404', '409', '422']

describe(`what is written here of Forgejo's API${reason}`, () => {
  const ours = readDescription('forgejo') as unknown as JsonObject
  const theirs: JsonObject = isThere ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const operations = Object.entries(at(ours, 'paths') as JsonObject).flatMap(([name, item]) =>
    methods
      .filter((method) => at(item, method) !== undefined)
      .map((method) => ({ name, method, own: at(item, method) as JsonObject })),
  )

  /** Names and types, to any depth, that are ours and not theirs. */
  function differences(own: Json, other: Json, where: string, depth = 0): readonly string[] {
    const [a, b] = [follow(ours, own), follow(theirs, other)]
    if (depth > 4 || Object.keys(a).length === 0) {
      return []
    }
    if (b['type'] !== undefined && a['type'] !== undefined && a['type'] !== b['type']) {
      return [`${where} is ${JSON.stringify(b['type'])} there`]
    }
    const inner = Object.entries((a['properties'] ?? {}) as JsonObject).flatMap(([name, value]) => {
      const there = at(b, 'properties', name)
      return there === undefined
        ? [`${where}.${name} is not there`]
        : differences(value, there, `${where}.${name}`, depth + 1)
    })
    return a['items'] === undefined
      ? inner
      : [...inner, ...differences(a['items'], b['items'], `${where}[]`, depth + 1)]
  }

  function parametersOf(operation: Json, place: string): readonly JsonObject[] {
    const parameters = (at(operation, 'parameters') ?? []) as readonly JsonObject[]
    return parameters.filter((one) => one['in'] === place)
  }

  it.skipIf(!isThere).each(operations)(
    'agrees with it on $method $name',
    ({ name, method, own }) => {
      const other = at(theirs, 'paths', name, method)

      expect(at(other, 'operationId')).toBe(own['operationId'])
      for (const place of ['path', 'query']) {
        const known = new Map(parametersOf(other, place).map((one) => [one['name'], one]))
        for (const parameter of parametersOf(own, place)) {
          const there = known.get(parameter['name'])
          expect(there, `${place} ${String(parameter['name'])}`).toBeDefined()
          expect(at(parameter, 'schema', 'type')).toBe(there?.['type'])
        }
      }
      const body = at(own, 'requestBody', 'content', 'application/json', 'schema')
      const [wanted] = parametersOf(other, 'body')
      expect(body === undefined).toBe(body === undefined || wanted === undefined)
      expect(differences(body, wanted?.['schema'], 'body')).toEqual([])
    },
  )

  it.skipIf(!isThere).each(operations)(
    'agrees with it on the answers to $method $name',
    ({ name, method, own }) => {
      const responses = at(theirs, 'paths', name, method, 'responses') as JsonObject
      for (const [status, answer] of Object.entries(own['responses'] as JsonObject)) {
        expect(Object.keys(responses).concat(common)).toContain(status)
        const schema = at(answer, 'content', 'application/json', 'schema')
        const there = follow(theirs, responses[status])['schema']
        expect(differences(schema, there, status)).toEqual([])
      }
    },
  )

  it('uses what it describes', () => {
    expect(operations.length).toBeGreaterThan(25)
  })
})
