import type { ApiAnswer, ApiCall } from '../fake-forge/api-server.ts'

/** `MAX_RESPONSE_ITEMS` and `DEFAULT_PAGING_NUM` where nobody changed them. */
const most = 50
const usual = 30

export function pageOf<T>(
  { query }: ApiCall,
  all: readonly T[],
): { readonly items: readonly T[]; readonly page: number; readonly pages: number } {
  const limit = Math.min(Number(query.get('limit') ?? usual), most)
  const page = Math.max(Number(query.get('page') ?? 1), 1)
  return {
    items: all.slice((page - 1) * limit, page * limit),
    page,
    pages: Math.ceil(all.length / limit),
  }
}

/** One page of a list, with `X-Total-Count`, and `Link` where the server has it; shaped after it was cut. */
export async function answerPage<T>(
  call: ApiCall,
  all: readonly T[],
  url: string,
  shape: (item: T) => unknown,
  { hasLinks = true }: { readonly hasLinks?: boolean } = {},
): Promise<ApiAnswer> {
  const { items, page, pages } = pageOf(call, all)
  function at(number: number): string {
    const query = new URLSearchParams(call.query)
    query.set('page', String(number))
    return `<${url}/api/v1${call.path}?${query.toString()}>`
  }
  const links = [
    ...(page < pages ? [`${at(page + 1)}; rel="next"`, `${at(pages)}; rel="last"`] : []),
    ...(page > 1 ? [`${at(1)}; rel="first"`, `${at(page - 1)}; rel="prev"`] : []),
  ]
  return {
    status: 200,
    body: await Promise.all(items.map(shape)),
    headers: {
      'x-total-count': String(all.length),
      ...(hasLinks && links.length > 0 ? { link: links.join(',') } : {}),
    },
  }
}
