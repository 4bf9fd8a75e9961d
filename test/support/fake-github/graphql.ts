import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { accountOf, type Caller, mayWrite } from './callers.ts'
import {
  type Field,
  type Operation,
  parseOperation,
  parseSchema,
  type SchemaField,
  type Value,
} from './graphql-language.ts'
import { tellOfPull } from './pull-life.ts'
import type { Pull, Repository } from './records.ts'
import { nodeId } from './shapes.ts'
import type { World } from './world.ts'

const schema = parseSchema(
  readFileSync(path.join(import.meta.dirname, 'schema.graphql'), { encoding: 'utf8' }),
)

/** Says what in an operation the schema does not know; empty where it is good. */
export function checkOperation(
  { kind, variables, fields }: Operation,
  given: Readonly<Record<string, unknown>>,
): readonly string[] {
  const missing = Object.entries(variables)
    .filter(([name, type]) => type.endsWith('!') && (given[name] ?? null) === null)
    .map(([name]) => `Variable $${name} was not given`)
  return [...missing, ...checkFields(fields, kind === 'query' ? 'Query' : 'Mutation', variables)]
}

type Variables = Readonly<Record<string, string>>

function checkFields(
  fields: readonly Field[],
  type: string,
  variables: Variables,
): readonly string[] {
  return fields.flatMap((field) => {
    const known = schema.get(type)?.get(field.name)
    if (known === undefined) {
      return [`Field '${field.name}' doesn't exist on type '${type}'`]
    }
    const inner = known.type.replace('!', '')
    const isComposed = schema.has(inner)
    if (isComposed !== field.fields.length > 0) {
      return [
        `Field '${field.name}' of type '${inner}' must ${isComposed ? '' : 'not '}have selections`,
      ]
    }
    return [
      ...checkArguments(field.args, known.args, field.name, variables),
      ...checkFields(field.fields, inner, variables),
    ]
  })
}

function checkArguments(
  given: Readonly<Record<string, Value>>,
  known: Readonly<Record<string, string>>,
  where: string,
  variables: Variables,
): readonly string[] {
  const missing = Object.entries(known)
    .filter(([name, type]) => type.endsWith('!') && !(name in given))
    .map(([name]) => `'${where}' is missing required argument '${name}'`)
  const wrong = Object.entries(given).flatMap(([name, value]) => {
    const type = known[name]
    return type === undefined
      ? [`'${where}' doesn't accept argument '${name}'`]
      : checkValue(value, type, `${where}.${name}`, variables)
  })
  return [...missing, ...wrong]
}

function checkValue(
  value: Value,
  type: string,
  where: string,
  variables: Variables,
): readonly string[] {
  const inner = type.replace('!', '')
  switch (value.kind) {
    case 'variable': {
      const declared = variables[value.name]
      const fits = declared === type || declared === `${type}!`
      return fits
        ? []
        : [`Type mismatch on variable $${value.name} and ${where} (${declared} / ${type})`]
    }
    case 'object': {
      const fields: ReadonlyMap<string, SchemaField> = schema.get(inner) ?? new Map()
      const known = Object.fromEntries([...fields].map(([name, field]) => [name, field.type]))
      return checkArguments(value.fields, known, where, variables)
    }
    case 'constant':
      return schema.has(inner) ? [`${where} must be an object`] : []
    default:
      return []
  }
}

interface Drafts {
  readonly isDraft: boolean
  readonly action: 'ready_for_review' | 'converted_to_draft'
}

const mutations: Readonly<Record<string, Drafts>> = {
  markPullRequestReadyForReview: { isDraft: false, action: 'ready_for_review' },
  convertPullRequestToDraft: { isDraft: true, action: 'converted_to_draft' },
}

/** One request to `/graphql`. What is wrong is said with status 200, as GraphQL does. */
export async function answerGraphql(
  world: World,
  caller: Caller,
  written: string,
  onProblem: (problem: string) => void,
): Promise<ApiAnswer> {
  const { query = '', variables = {} } = JSON.parse(written) as {
    readonly query?: string
    readonly variables?: Readonly<Record<string, unknown>>
  }
  const operation = parseOperation(query)
  const problems = checkOperation(operation, variables)
  for (const problem of problems) {
    onProblem(`graphql: ${problem}`)
  }
  if (problems.length > 0) {
    return { status: 200, body: { errors: problems.map((message) => ({ message })) } }
  }
  const data: Record<string, unknown> = {}
  for (const field of operation.fields) {
    const drafts = mutations[field.name]
    try {
      data[field.alias] =
        drafts === undefined
          ? chosen(field.fields, { cost: 1, limit: 5000, remaining: 5000 })
          : await changeDraft(world, caller, field, variables, drafts)
    } catch (error) {
      return {
        status: 200,
        body: { data: { [field.alias]: null }, errors: [errorOf(error, field)] },
      }
    }
  }
  return { status: 200, body: { data } }
}

function errorOf(error: unknown, field: Field): Readonly<Record<string, unknown>> {
  if (!(error instanceof ApiRefusal)) {
    throw error
  }
  const type = error.answer.status === 404 ? 'NOT_FOUND' : 'FORBIDDEN'
  return { type, path: [field.alias], message: error.message }
}

async function changeDraft(
  world: World,
  caller: Caller,
  field: Field,
  variables: Readonly<Record<string, unknown>>,
  { isDraft, action }: Drafts,
): Promise<unknown> {
  const input = valueOf(field.args['input'], variables) as {
    readonly pullRequestId: string
    readonly clientMutationId?: string
  }
  const { repository, pull } = pullById(world, input.pullRequestId)
  const sender = accountOf(caller)
  const isAllowed =
    (caller.kind === 'installation' || caller.kind === 'user') &&
    (caller.permissions === null || caller.permissions['pull_requests'] === 'write') &&
    (sender.login === pull.author.login || mayWrite(world, caller, repository))
  if (!isAllowed) {
    throw new ApiRefusal(403, 'Resource not accessible by integration')
  }
  if (pull.isDraft !== isDraft) {
    pull.isDraft = isDraft
    await tellOfPull(world, repository, pull, action, sender)
  }
  return chosen(field.fields, {
    clientMutationId: input.clientMutationId ?? null,
    pullRequest: {
      id: nodeId('PR', pull.id),
      number: pull.number,
      title: pull.title,
      body: pull.body ?? '',
      isDraft: pull.isDraft,
      url: `${world.url}/${repository.fullName}/pull/${pull.number}`,
      headRefOid: pull.headSha,
      headRefName: pull.headBranch,
      baseRefName: pull.baseBranch,
    },
  })
}

function pullById(
  world: World,
  id: string,
): { readonly repository: Repository; readonly pull: Pull } {
  for (const repository of world.repositories.values()) {
    for (const pull of repository.pulls.values()) {
      if (nodeId('PR', pull.id) === id) {
        return { repository, pull }
      }
    }
  }
  throw new ApiRefusal(404, `Could not resolve to a node with the global id of '${id}'`)
}

function valueOf(value: Value | undefined, variables: Readonly<Record<string, unknown>>): unknown {
  if (value === undefined) {
    return null
  }
  switch (value.kind) {
    case 'variable':
      return variables[value.name]
    case 'object':
      return Object.fromEntries(
        Object.entries(value.fields).map(([name, inner]) => [name, valueOf(inner, variables)]),
      )
    case 'constant':
      return value.value
    default:
      return null
  }
}

/** Only what was asked for. */
function chosen(fields: readonly Field[], value: unknown): unknown {
  return Object.fromEntries(
    fields.map((field) => {
      const inner = (value as Readonly<Record<string, unknown>>)[field.name]
      return [field.alias, field.fields.length === 0 ? inner : chosen(field.fields, inner)]
    }),
  )
}
