import { describe, expect, it } from 'vitest'
import type { MailingList, Project } from '../../../src/core/project.ts'
import { type Arrival, type Route, routeSeries } from '../../../src/core/series/route-series.ts'

const netdev: MailingList = {
  name: 'netdev',
  address: 'netdev@lists.example.org',
  listId: 'netdev.lists.example.org',
  sources: ['netdev-maildir'],
  archiveUrl: null,
  ignoredPrefixes: [],
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
  paths: readonly string[] | null = null,
): Project {
  return { name, lists, prefixes, paths } as Project
}

const projects = [
  project('net', [netdev], ['net']),
  project('bpf-next', [bpf, netdev], ['bpf-next', 'bpf-next/net']),
  project('rest', [netdev], null),
]

const arrival: Arrival = {
  message: { listIds: [], to: [], cc: [] },
  sources: ['netdev-maildir'],
  prefixes: [],
  paths: [],
  topicOf: null,
}

function route(of: Partial<Arrival>, among: readonly Project[] = projects): Route {
  return routeSeries(among, { ...arrival, ...of })
}

function routed(of: Partial<Arrival>, among: readonly Project[] = projects): readonly unknown[] {
  const found = route(of, among)
  return [found.project?.name ?? null, found.rule]
}

describe('routeSeries', () => {
  it.each([
    ['address', { to: [{ name: '', address: 'Netdev@old.example.org' }] }],
    ['List-Id', { listIds: ['netdev.old.example.org'] }],
  ])('knows a list by the %s that it had before it moved', (_, message) => {
    const moved = {
      ...netdev,
      sources: [],
      formerAddresses: ['netdev@old.example.org'],
      formerListIds: ['netdev.old.example.org'],
    }
    const of = { message: { ...arrival.message, ...message }, sources: [] }
    expect(routed(of, [project('net', [moved], null)])).toEqual(['net', 'list'])
    expect(routed(of, [project('net', [{ ...netdev, sources: [] }], null)])).toEqual([
      null,
      'no-list',
    ])
  })

  it.each([
    [['net'], 'net', 'prefix'],
    [['NET'], 'net', 'prefix'],
    [['RFC', 'bpf-next/net'], 'bpf-next', 'prefix'],
    [['net-next'], 'rest', 'list'],
    [['bpf/net'], 'rest', 'list'],
    [[], 'rest', 'list'],
  ])('gives the prefixes %j to %s', (prefixes, name, rule) => {
    expect(routed({ prefixes })).toEqual([name, rule])
  })

  it('knows a list by its List-Id, and by an address in To or Cc in any letter case', () => {
    const byId = { ...arrival.message, listIds: ['netdev.lists.example.org'] }
    const byAddress = { ...arrival.message, cc: [{ name: '', address: 'BPF@lists.example.org' }] }

    expect(route({ message: byId, sources: [], prefixes: ['net'] }).list).toBe(netdev)
    expect(route({ message: byAddress, sources: [], prefixes: ['bpf-next'] }).list).toBe(bpf)
  })

  const hush = { ...netdev, ignoredPrefixes: ['RFC', 'iproute2'] }

  it.each<[string, Partial<Arrival>, readonly Project[], string]>([
    ['no list carries it', { sources: [] }, projects, 'no configured list carries it'],
    [
      'nobody has its prefix',
      { prefixes: ['x'] },
      projects.slice(0, 2),
      'no subject prefix of net, bpf-next',
    ],
    [
      'its files are nobody\u2019s either',
      { prefixes: ['x'], paths: ['mm/slab.c'] },
      [...projects.slice(0, 1), project('fs', [netdev], null, ['fs/'])],
      'neither subject prefix nor files of net, fs',
    ],
    [
      'the list ignores such series',
      { prefixes: ['net', 'rfc'] },
      [project('net', [hush], ['net']), project('rest', [hush], null)],
      'list netdev ignores the subject prefix rfc',
    ],
  ])('says why no project takes it: %s', (_why, of, among, reason) => {
    expect(route(of, among)).toMatchObject({ project: null, list: null, reason })
  })

  it('takes it for the sake of another list that does not ignore it', () => {
    const message = { ...arrival.message, to: [{ name: '', address: bpf.address }] }
    const among = [project('both', [hush, bpf], null)]
    expect(route({ message, prefixes: ['RFC'] }, among)).toMatchObject({
      project: among[0],
      list: bpf,
    })
  })
})

describe('by the files it changes', () => {
  const drivers = project('drivers', [netdev], null, ['drivers/', '!drivers/net/'])
  const net = project('net', [netdev], ['net'], ['net/', 'drivers/net/', 'include/net*.h'])
  const docs = project('docs', [netdev], ['docs'], ['**/*.rst'])
  const rest = project('rest', [netdev], null)
  const among = [drivers, net, docs, rest]

  it.each<[string, Partial<Arrival>, string | null, string]>([
    ['all are its own', { paths: ['net/a.c', 'include/netlink.h'] }, 'net', 'paths'],
    ['left out there', { paths: ['drivers/net/e.c'] }, 'net', 'paths'],
    ['most are its own', { paths: ['net/a.c', 'net/b.c', 'drivers/x.c'] }, 'net', 'paths'],
    [
      'as many: the first one configured',
      { paths: ['net/a.c', 'drivers/x.c'] },
      'drivers',
      'paths',
    ],
    ['few of a change all over', { paths: ['net/a.c', 'mm/a.c', 'fs/b.c'] }, 'rest', 'paths'],
    ['as many are nobody\u2019s', { paths: ['net/a.c', 'mm/a.c'] }, 'net', 'paths'],
    ['letter case is told apart', { paths: ['NET/a.c'] }, 'rest', 'paths'],
    ['a prefix says otherwise', { prefixes: ['docs'], paths: ['net/a.c'] }, 'docs', 'prefix'],
    ['a note is no tree', { prefixes: ['RFC'], paths: ['net/a.c'] }, 'net', 'paths'],
    [
      'it names a tree that is not here',
      { prefixes: ['bpf-next/net'], paths: ['net/a.c'] },
      'rest',
      'paths',
    ],
    [
      'a project that asks for no prefix takes it all the same',
      { prefixes: ['drm'], paths: ['drivers/gpu/a.c'] },
      'drivers',
      'paths',
    ],
    ['no files yet', { paths: [] }, 'rest', 'list'],
    ['its topic was published elsewhere', { paths: ['net/a.c'], topicOf: 'docs' }, 'docs', 'topic'],
    ['its topic has no project any more', { paths: ['net/a.c'], topicOf: 'gone' }, 'net', 'paths'],
    ['a prefix moves it', { prefixes: ['net'], topicOf: 'docs' }, 'net', 'prefix'],
  ])('%s', (_what, of, name, rule) => {
    expect(routed(of, among)).toEqual([name, rule])
  })

  it('says how many of whom', () => {
    expect(route({ paths: ['net/a.c', 'net/b.c', 'net/b.c', 'drivers/x.c'] }, among)).toMatchObject(
      {
        reason:
          'list netdev, 2 of the 3 files it changes are its own; it changes files of drivers too',
        shares: { net: 2, drivers: 1 },
      },
    )
  })
})
