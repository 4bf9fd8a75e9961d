/** As much of the GraphQL language (spec.graphql.org) as one operation without fragments and directives needs. */

export interface Field {
  readonly name: string
  readonly alias: string
  readonly args: Readonly<Record<string, Value>>
  readonly fields: readonly Field[]
}

export type Value =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: string | number | boolean | null }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Value>> }

export interface Operation {
  readonly kind: 'query' | 'mutation'
  /** Variables with their types, as `ID!`. */
  readonly variables: Readonly<Record<string, string>>
  readonly fields: readonly Field[]
}

/** Types by name, fields by name; each with its arguments and its type, as `String!`. */
export type Schema = ReadonlyMap<string, ReadonlyMap<string, SchemaField>>

export interface SchemaField {
  readonly type: string
  readonly args: Readonly<Record<string, string>>
}

interface Tokens {
  peek(): string
  /** Throws where the next one is another. */
  take(wanted?: string): string
}

function tokensOf(text: string): Tokens {
  const bare = text.replaceAll(/#.*$/gm, '')
  const all = bare.match(/"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[!{}():$=[\]]/g) ?? []
  let at = 0
  return {
    peek: () => all[at] ?? '',
    take(wanted) {
      const token = all[at] ?? ''
      if (token === '' || (wanted !== undefined && token !== wanted)) {
        throw new SyntaxError(`Expected ${wanted ?? 'something'}, actual: ${token || 'the end'}`)
      }
      at += 1
      return token
    },
  }
}

export function parseOperation(text: string): Operation {
  const tokens = tokensOf(text)
  const isShort = tokens.peek() === '{'
  const kind = isShort ? 'query' : tokens.take()
  if (kind !== 'query' && kind !== 'mutation') {
    throw new SyntaxError(`Expected query or mutation, actual: ${kind}`)
  }
  if (!['{', '('].includes(tokens.peek())) {
    tokens.take()
  }
  const variables: Record<string, string> = {}
  if (tokens.peek() === '(') {
    tokens.take('(')
    while (tokens.peek() !== ')') {
      tokens.take('$')
      const name = tokens.take()
      tokens.take(':')
      variables[name] = typeIn(tokens)
    }
    tokens.take(')')
  }
  return { kind, variables, fields: fieldsIn(tokens) }
}

function fieldsIn(tokens: Tokens): readonly Field[] {
  const fields: Field[] = []
  tokens.take('{')
  while (tokens.peek() !== '}') {
    const first = tokens.take()
    const isAlias = tokens.peek() === ':'
    if (isAlias) {
      tokens.take(':')
    }
    const name = isAlias ? tokens.take() : first
    const args = tokens.peek() === '(' ? argumentsIn(tokens) : {}
    fields.push({ name, alias: first, args, fields: tokens.peek() === '{' ? fieldsIn(tokens) : [] })
  }
  tokens.take('}')
  return fields
}

function argumentsIn(tokens: Tokens): Readonly<Record<string, Value>> {
  tokens.take('(')
  const args: Record<string, Value> = {}
  while (tokens.peek() !== ')') {
    const name = tokens.take()
    tokens.take(':')
    args[name] = valueIn(tokens)
  }
  tokens.take(')')
  return args
}

function valueIn(tokens: Tokens): Value {
  const token = tokens.take()
  if (token === '$') {
    return { kind: 'variable', name: tokens.take() }
  }
  if (token === '{') {
    const fields: Record<string, Value> = {}
    while (tokens.peek() !== '}') {
      const name = tokens.take()
      tokens.take(':')
      fields[name] = valueIn(tokens)
    }
    tokens.take('}')
    return { kind: 'object', fields }
  }
  return { kind: 'constant', value: JSON.parse(token) as string | number | boolean | null }
}

function typeIn(tokens: Tokens): string {
  const name = tokens.take()
  return tokens.peek() === '!' ? `${name}${tokens.take('!')}` : name
}

export function parseSchema(text: string): Schema {
  const tokens = tokensOf(text)
  const types = new Map<string, ReadonlyMap<string, SchemaField>>()
  while (tokens.peek() !== '') {
    tokens.take()
    const name = tokens.take()
    const fields = new Map<string, SchemaField>()
    tokens.take('{')
    while (tokens.peek() !== '}') {
      const field = tokens.take()
      const args: Record<string, string> = {}
      if (tokens.peek() === '(') {
        tokens.take('(')
        while (tokens.peek() !== ')') {
          const arg = tokens.take()
          tokens.take(':')
          args[arg] = typeIn(tokens)
        }
        tokens.take(')')
      }
      tokens.take(':')
      fields.set(field, { type: typeIn(tokens), args })
    }
    tokens.take('}')
    types.set(name, fields)
  }
  return types
}
