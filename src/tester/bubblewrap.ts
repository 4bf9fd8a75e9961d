import { lstat, readlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Confinement, defaultPath, type Ending, unstartable } from './confinement.ts'
import { markerVariable } from './process-tree.ts'
import type { RunFolder } from './run-folder.ts'
import type { TestRequest } from './tester.ts'

const checkout = '/checkout'
const home = '/tmp/home'

/** Top folders that are programs and libraries; links into /usr on most systems. */
const systemFolders = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']

/**
 * What programs read of /etc and is no secret. Not all of it: a service that runs as root could read
 * /etc/shadow and private keys, and so could the test.
 */
const systemFiles = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/crypto-policies',
  '/etc/fonts',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/magic',
  '/etc/mime.types',
  '/etc/nsswitch.conf',
  '/etc/perl',
  '/etc/pki/ca-trust/extracted',
  '/etc/pki/tls/certs',
  '/etc/protocols',
  '/etc/services',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
]

/** Files of /etc that the sandbox gets from us. */
const ownFiles = {
  passwd: `root:x:0:0:root:/:/bin/sh\ntester:x:1000:1000:tester:${home}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n`,
  group: 'root:x:0:\ntester:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost patchferry\n::1 localhost\n',
} as const

async function systemArguments(): Promise<readonly string[]> {
  const found = await Promise.all(
    systemFolders.map(async (folder) => {
      const stats = await lstat(folder).catch(() => null)
      if (stats === null) {
        return []
      }
      return stats.isSymbolicLink()
        ? ['--symlink', await readlink(folder), folder]
        : ['--ro-bind', folder, folder]
    }),
  )
  return [
    '--ro-bind',
    '/usr',
    '/usr',
    ...found.flat(),
    ...systemFiles.flatMap((file) => ['--ro-bind-try', file, file]),
  ]
}

async function ownFileArguments(folder: RunFolder): Promise<readonly string[]> {
  const bound = await Promise.all(
    Object.entries(ownFiles).map(async ([name, content]) => {
      const file = path.join(folder.path, name)
      await writeFile(file, content)
      return ['--ro-bind', file, `/etc/${name}`]
    }),
  )
  return bound.flat()
}

const namespaces =
  '--unshare-all --unshare-user --uid 1000 --gid 1000 --hostname patchferry --cap-drop ALL --die-with-parent --new-session'.split(
    ' ',
  )

/** `/` is closed last, so that mount points can be made in it before. */
async function files(
  request: TestRequest,
  folder: RunFolder,
  readable: readonly string[],
): Promise<readonly string[]> {
  return [
    ...(await systemArguments()),
    ...(await ownFileArguments(folder)),
    ...'--proc /proc --dev /dev --dir /run --dir /var --symlink /tmp /var/tmp'.split(' '),
    '--bind',
    folder.temporary,
    '/tmp',
    ...readable.flatMap((entry) => ['--ro-bind', entry, entry]),
    '--bind',
    request.directory,
    checkout,
    ...`--chdir ${checkout} --remount-ro / --json-status-fd 3 --`.split(' '),
  ]
}

/** In the words of bubblewrap 0.4 to 0.11: `bwrap: ` and what the kernel refused. */
const namespaceRefusal =
  /No permissions to creat|Creating new namespace failed|setting up uid map|Can't mount proc|Failed to make \/ slave|loopback: Failed|Operation not permitted/

/**
 * Reads what bubblewrap says when it fails before the test begins; null for a test that did begin: then the
 * status holds its exit code.
 */
export function readBubblewrapFailure(ending: Pick<Ending, 'status' | 'output'>): string | null {
  const complaint = /(?:^|\n)bwrap: (?<text>[^\n]+)\n*$/.exec(ending.output)?.groups?.['text']
  if (ending.status.includes('"exit-code"') || complaint === undefined) {
    return null
  }
  const execution = /^execvp (?<command>.+): (?<reason>[^:]+)$/.exec(complaint)?.groups
  if (execution !== undefined) {
    return unstartable(execution['command'] ?? '', execution['reason'] ?? '')
  }
  return namespaceRefusal.test(complaint)
    ? `bubblewrap may not make namespaces here (${complaint}): allow unprivileged user namespaces (sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone; on Ubuntu an AppArmor profile for bwrap; in a container its seccomp profile), or choose another isolation`
    : `bubblewrap could not start: ${complaint}`
}

/**
 * Runs the test in namespaces of its own: the system's programs are read-only, the checkout is /checkout, /tmp
 * is private, there is no network but its own loopback, no other process, and nothing else of this machine.
 * `readable` are further absolute paths it may read.
 */
export function bubblewrap(readable: readonly string[]): Confinement {
  return {
    async prepare(request, folder, environment) {
      return {
        argv: [
          'bwrap',
          ...namespaces,
          ...(await files(request, folder, readable)),
          ...request.argv,
        ],
        directory: '/',
        environment: {
          PATH: defaultPath,
          ...environment,
          HOME: home,
          TMPDIR: '/tmp',
          [markerVariable]: folder.marker,
        },
        diesWithParent: true,
        cleanup: null,
      }
    },
    whyNotSpawned: (request, error) => {
      if (error.code === 'E2BIG') {
        return unstartable(request.argv[0] ?? '', error.code)
      }
      return error.code === 'ENOENT'
        ? 'bubblewrap is not installed: install the package bubblewrap (program bwrap), or choose another isolation'
        : `bwrap could not be started: ${error.message}`
    },
    whyNotBegun: (_request, ending) => readBubblewrapFailure(ending),
    whomToAsk: (pid, status, marked) => {
      const inner = Number(/"child-pid": (?<pid>\d+)/.exec(status)?.groups?.['pid'])
      return marked.filter((candidate) => candidate !== pid && candidate !== inner)
    },
  }
}
