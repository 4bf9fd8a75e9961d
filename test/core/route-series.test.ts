import { describe, expect, it } from 'vitest'
import type { MailingList, Project } from '../../src/core/project.ts'
import { routeSeries } from '../../src/core/route-series.ts'

const netdev: MailingList = {
  name: 'netdev',
  address: 'netdev@lists.example.org',
  listId: 'netdev.lists.example.org',
  sources: ['netdev-maildir'],
}
const bpf: MailingList = {
  ...netdev,
  name: 'bpf',
  address: 'bpf@lists.example.org',
  listId: null,
  sources: [],
}

function project(
  name: string,
  lists: readonly MailingList[],
  prefixes: readonly string[] | null,
): Project {
  return { name, lists, prefixes } as Project
}

const projects = [
  project('net', [netdev], ['net']),
  project('bpf-next', [bpf, netdev], ['bpf-next', 'bpf-next/net']),
  project('rest', [netdev], null),
]

const toNobody = { listIds: [], to: [], cc: [] }

function routed(
  prefixes: readonly string[],
  message: Parameters<typeof routeSeries>[1] = toNobody,
  sources: readonly string[] = ['netdev-maildir'],
): readonly [project: string | undefined, list: string | undefined] {
  const route = routeSeries(projects, message, sources, prefixes)
  return [route.project?.name, route.list?.name]
}

describe('routeSeries', () => {
  it.each([
    [['net'], 'net'],
    [['NET'], 'net'],
    [['RFC', 'bpf-next/net'], 'bpf-next'],
    [['net-next'], 'rest'],
    [[], 'rest'],
  ])('gives the prefixes %j to %s', (prefixes, expected) => {
    expect(routed(prefixes)).toEqual([expected, 'netdev'])
  })

  it('knows a list by its List-Id, and by an address in To or Cc in any letter case', () => {
    const byId = { ...toNobody, listIds: ['netdev.lists.example.org'] }
    const byAddress = { ...toNobody, cc: [{ name: '', address: 'BPF@lists.example.org' }] }

    expect(routed(['net'], byId, [])).toEqual(['net', 'netdev'])
    expect(routed(['bpf-next'], byAddress, [])).toEqual(['bpf-next', 'bpf'])
  })

  it('says why no project takes it', () => {
    expect(routeSeries(projects, toNobody, [], ['net']).reason).toBe(
      'no configured list carries it',
    )
    expect(routeSeries(projects.slice(0, 1), toNobody, ['netdev-maildir'], ['x']).reason).toBe(
      'no subject prefix of net',
    )
  })
})
