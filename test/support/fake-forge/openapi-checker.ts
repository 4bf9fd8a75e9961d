import { Ajv, type AnySchema, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { complete } from './complete.ts'
import { compileRoutes, type RouteMatch } from './route-table.ts'

type Json = unknown
type JsonObject = Readonly<Record<string, Json>>

/** An OpenAPI 3.0 document, as parsed JSON: `paths`, `components`, and `x-webhooks` where it has them. */
export type OpenApiDocument = JsonObject

export interface Operation {
  readonly id: string
  readonly description: JsonObject
}

/** Says of everything that goes over the wire where it differs from what the forge publishes. Empty lists are good. */
export interface OpenApiChecker {
  /** `path` without the prefix of the API; `body` undefined where there is none. Unknown names count, at any depth. */
  request(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Json,
  ): { readonly operation: Operation | null; readonly problems: readonly string[] }
  /** `body` undefined where the answer has none. `isJson` false: only that such an answer is described. */
  answer(operation: Operation, status: number, body: Json, isJson?: boolean): readonly string[]
  webhook(event: string, action: string | null, payload: Json): readonly string[]
  /** Adds what the description requires and the fake does not care about. */
  completeAnswer(operation: Operation, status: number, body: Json): Json
  completeWebhook(event: string, action: string | null, payload: Json): Json
}

/** What all alternatives of a schema know. */
interface Knowledge {
  /** Null for what is no list. */
  readonly items: Json
  /** Null where every name is good. */
  readonly names: ReadonlyMap<string, Json> | null
}

const methods = ['get', 'put', 'post', 'patch', 'delete']

/** Statuses that the descriptions leave out of most operations; their bodies are told by `checkRefusal`. */
const commonRefusals = [401, 403, 404, 409, 422, 429]

/** Makes the checker of one document. Validators are compiled at their first use. */
export function makeOpenApiChecker(published: OpenApiDocument): OpenApiChecker {
  const document = withoutNullable(published) as JsonObject
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    inlineRefs: false,
    validateSchema: false,
    code: { optimize: false },
    logger: false,
  })
  addFormats.default(ajv, ['date-time'])
  for (const format of formatsOf(document)) {
    // The published `uri` and `email` do not fit what the forges themselves send (`.../bot[bot]`).
    if (format !== 'date-time') {
      ajv.addFormat(format, true)
    }
  }
  ajv.addSchema({ $id: 'api', components: document['components'] }, 'api')
  const compiled = new Map<Json, ValidateFunction>()
  const findRoute = compileRoutes(
    Object.entries(objectAt(document, 'paths')).flatMap(([pattern, item]) =>
      Object.entries(item as JsonObject)
        .filter(([method]) => methods.includes(method))
        .map(([method, description]) => ({
          method: method.toUpperCase(),
          pattern,
          value: description as JsonObject,
        })),
    ),
  )

  function deref(value: Json): JsonObject {
    const reference = (value as { $ref?: unknown } | undefined)?.$ref
    if (typeof reference !== 'string') {
      return (value ?? {}) as JsonObject
    }
    const names = reference.slice(2).split('/')
    return deref(
      names.reduce(
        (at, name) => objectAt(at, name.replaceAll('~1', '/').replaceAll('~0', '~')),
        document,
      ),
    )
  }

  function check(schema: Json, value: Json, where: string): readonly string[] {
    const known = compiled.get(schema)
    const validate = known ?? ajv.compile(withAbsoluteRefs(schema) as AnySchema)
    compiled.set(schema, validate)
    if (validate(value)) {
      return []
    }
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${where}${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }

  function checkParameters(
    { value: operation, params }: RouteMatch<JsonObject>,
    query: URLSearchParams,
  ): readonly string[] {
    const parameters = listAt(operation, 'parameters').map(deref)
    const named = parameters.flatMap((parameter) => {
      const name = String(parameter['name'])
      const schema = parameter['schema']
      if (parameter['in'] === 'path') {
        return check(schema, typed(deref(schema), [params[name] ?? '']), `path ${name}`)
      }
      if (parameter['in'] !== 'query') {
        return []
      }
      if (!query.has(name)) {
        return parameter['required'] === true ? [`query ${name} is missing`] : []
      }
      return check(schema, typed(deref(schema), query.getAll(name)), `query ${name}`)
    })
    const known = new Set(
      parameters.filter((one) => one['in'] === 'query').map((one) => one['name']),
    )
    const unknown = [...new Set(query.keys())].filter((name) => !known.has(name))
    return [...named, ...unknown.map((name) => `query ${name} is unknown`)]
  }

  function checkBody(operation: JsonObject, body: Json): readonly string[] {
    const wanted = deref(operation['requestBody'])
    const schema = objectAt(objectAt(wanted, 'content'), 'application/json')['schema']
    if (body === undefined) {
      return wanted['required'] === true && schema !== undefined ? ['body is missing'] : []
    }
    if (schema === undefined) {
      return ['body is not described']
    }
    return [...check(schema, body, 'body'), ...unknownNames(schema, body, 'body')]
  }

  /** Names in a value that no alternative of its schema knows: a misspelt option is silently ignored by a real forge. */
  function unknownNames(schema: Json, value: Json, where: string): readonly string[] {
    if (value === null || typeof value !== 'object') {
      return []
    }
    const { items, names } = knowledgeOf(schema)
    if (Array.isArray(value)) {
      return items === null
        ? []
        : value.flatMap((item, index) => unknownNames(items, item, `${where}/${index}`))
    }
    if (names === null) {
      return []
    }
    return Object.entries(value).flatMap(([name, inner]) => {
      const known = names.get(name)
      return known === undefined
        ? [`${where}/${name} is unknown`]
        : unknownNames(known, inner, `${where}/${name}`)
    })
  }

  const knowledge = new WeakMap<object, Knowledge>()

  function knowledgeOf(schema: Json): Knowledge {
    const own = deref(schema)
    const known = knowledge.get(own)
    if (known !== undefined) {
      return known
    }
    const alternatives = alternativesOf(own)
    const isOpen = alternatives.some(
      (one) => (one['additionalProperties'] ?? false) !== false && one['properties'] === undefined,
    )
    const names = new Map<string, Json>()
    for (const [name, inner] of alternatives.flatMap((one) =>
      Object.entries(objectAt(one, 'properties')),
    )) {
      const other = names.get(name)
      names.set(name, other === undefined ? inner : { anyOf: [other, inner] })
    }
    const items = alternatives.map((one) => one['items']).filter((one) => one !== undefined)
    const found = {
      items: items.length > 1 ? { anyOf: items } : (items[0] ?? null),
      names: isOpen || names.size === 0 ? null : names,
    }
    knowledge.set(own, found)
    return found
  }

  function alternativesOf(schema: Json): readonly JsonObject[] {
    const own = deref(schema)
    const inner = ['anyOf', 'oneOf', 'allOf'].flatMap((kind) => listAt(own, kind))
    return [own, ...inner.flatMap(alternativesOf)]
  }

  function answerSchema(description: JsonObject, status: number): Json {
    const answer = objectAt(description, 'responses')[String(status)]
    return objectAt(objectAt(deref(answer), 'content'), 'application/json')['schema']
  }

  function webhookSchema(event: string, action: string | null): Json {
    const hooks = objectAt(document, 'x-webhooks')
    const names = [action === null ? event : `${event}-${action}`, event]
    const hook = names.map((name) => hooks[name.replaceAll('_', '-')]).find(Boolean)
    const body = deref(objectAt(hook, 'post')['requestBody'])
    return objectAt(objectAt(body, 'content'), 'application/json')['schema']
  }

  return {
    request(method, path, query, body) {
      const match = findRoute(method, path)
      if (match === null) {
        return { operation: null, problems: [`no such operation: ${method} ${path}`] }
      }
      return {
        operation: { id: String(match.value['operationId']), description: match.value },
        problems: [...checkParameters(match, query), ...checkBody(match.value, body)],
      }
    },
    answer({ description }, status, body, isJson = true) {
      const answers = objectAt(description, 'responses')
      if (!(status in answers) && status >= 400) {
        return checkRefusal(status, body)
      }
      if (status === 304) {
        return body === undefined ? [] : ['304 with a body']
      }
      if (!(status in answers)) {
        return [`status ${status} is not described`]
      }
      const schema = answerSchema(description, status)
      if (schema === undefined || !isJson) {
        return body === undefined || !isJson ? [] : ['a body where none is described']
      }
      return body === undefined
        ? ['no body']
        : [...check(schema, body, 'answer'), ...unknownNames(schema, body, 'answer')]
    },
    webhook(event, action, payload) {
      const schema = webhookSchema(event, action)
      return schema === undefined
        ? [`no such webhook: ${event} ${action}`]
        : [...check(schema, payload, 'payload'), ...unknownNames(schema, payload, 'payload')]
    },
    completeAnswer({ description }, status, body) {
      const schema = answerSchema(description, status)
      return schema === undefined ? body : complete(deref, schema, body)
    },
    completeWebhook(event, action, payload) {
      const schema = webhookSchema(event, action)
      return schema === undefined ? payload : complete(deref, schema, payload)
    },
  }
}

function checkRefusal(status: number, body: Json): readonly string[] {
  if (status < 500 && !commonRefusals.includes(status)) {
    return [`status ${status} is not described`]
  }
  const isSaid = typeof (body as { message?: unknown } | undefined)?.message === 'string'
  return isSaid || status >= 500 ? [] : [`status ${status} without a message`]
}

/** What came as text in a URL, as the type that the schema wants; as it came where it does not look like one. */
function typed(schema: JsonObject, values: readonly string[]): Json {
  if (schema['type'] === 'array') {
    return values.map((value) => typed(objectAt(schema, 'items'), [value]))
  }
  const value = values.at(-1) ?? ''
  const types = [schema, ...listAt(schema, 'oneOf'), ...listAt(schema, 'anyOf')].map(
    (one) => (one as JsonObject)['type'],
  )
  if (/^-?\d+$/.test(value) && types.some((type) => type === 'integer' || type === 'number')) {
    return Number(value)
  }
  return types.includes('boolean') && /^(?:true|false)$/.test(value) ? value === 'true' : value
}

/** JSON Schema has no `nullable`: the same said with `null` as a type. Properties that are called so stay. */
function withoutNullable(value: Json, isPropertyMap = false): Json {
  if (Array.isArray(value)) {
    return value.map((one) => withoutNullable(one))
  }
  if (value === null || typeof value !== 'object') {
    return value
  }
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    withoutNullable(inner, name === 'properties' && !isPropertyMap),
  ])
  const plain = Object.fromEntries(entries) as Record<string, Json>
  if (isPropertyMap || typeof plain['nullable'] !== 'boolean') {
    return plain
  }
  const { nullable, ...schema } = plain
  return nullable ? { anyOf: [{ type: 'null' }, schema] } : schema
}

function withAbsoluteRefs(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(withAbsoluteRefs)
  }
  if (value === null || typeof value !== 'object') {
    return value
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === '$ref' && typeof inner === 'string' ? `api${inner}` : withAbsoluteRefs(inner),
    ]),
  )
}

function formatsOf(value: Json): ReadonlySet<string> {
  const found = new Set<string>()
  JSON.stringify(value, (name, inner: Json) => {
    if (name === 'format' && typeof inner === 'string') {
      found.add(inner)
    }
    return inner
  })
  return found
}

function objectAt(value: Json, name: string): JsonObject {
  return ((value as JsonObject | undefined)?.[name] ?? {}) as JsonObject
}

function listAt(value: JsonObject, name: string): readonly Json[] {
  return (value[name] ?? []) as readonly Json[]
}
