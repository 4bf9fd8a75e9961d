import { describe, expect, it } from 'vitest'
import { containerArguments, readContainerFailure } from '../../src/tester/container.ts'

const folder = {
  path: '/state/checkouts/c1.run',
  temporary: '/state/checkouts/c1.run/tmp',
  home: '/state/checkouts/c1.run/tmp/home',
  marker: 'm1',
}
const request = {
  directory: '/state/checkouts/c1',
  argv: ['make', 'check', 'A=b c'],
  environment: {},
  timeoutMs: 1000,
}
const isolation = {
  kind: 'container',
  engine: 'podman',
  image: 'localhost/tests:1',
  memoryBytes: 1024,
  processes: 100,
} as const

describe('containerArguments', () => {
  it('give podman everything that keeps the test apart', () => {
    const owner = { uid: 998, gid: 997 }

    expect(containerArguments(isolation, request, folder, { CI: 'true' }, owner)).toEqual([
      'podman',
      'run',
      '--rm',
      '--init',
      '--pull=never',
      '--log-driver=none',
      '--name=patchferry-m1',
      '--hostname=patchferry',
      '--network=none',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      '--userns=keep-id',
      '--memory=1024b',
      '--memory-swap=1024b',
      '--pids-limit=100',
      '--volume=/state/checkouts/c1.run/tmp:/tmp:Z',
      '--volume=/state/checkouts/c1:/checkout:Z',
      '--workdir=/checkout',
      '--env=CI=true',
      '--env=HOME=/tmp/home',
      '--env=TMPDIR=/tmp',
      '--env=PATCHFERRY_RUN=m1',
      '--entrypoint=make',
      'localhost/tests:1',
      'check',
      'A=b c',
    ])
  })

  it.each([
    ['docker', 998, '--user=998:997'],
    ['docker', 0, '--user=0:997'],
    ['podman', 0, '--user=0:997'],
    ['podman', 998, '--userns=keep-id'],
  ] as const)(
    'make the test with %s and uid %d the owner of its files',
    (engine, uid, expected) => {
      const unlimited = { ...isolation, engine, memoryBytes: null, processes: null }

      const argv = containerArguments(unlimited, request, folder, {}, { uid, gid: 997 })

      expect(argv.filter((word) => /^--(?:user|memory|pids)/.test(word))).toEqual([expected])
    },
  )
})

describe('readContainerFailure', () => {
  it.each([
    [
      125,
      "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n\nRun 'docker run --help' for more information\n",
      /^docker could not start the test: Cannot connect/,
    ],
    [
      125,
      "docker: Error response from daemon: No such image: localhost/tests:1.\n\nRun 'docker run --help' for more information\n",
      /^the image is not on this machine .*`docker pull`/,
    ],
    [125, 'Error: localhost/tests:1: image not known\n', /^the image is not on this machine/],
    [
      127,
      'docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nosuch": executable file not found in $PATH: unknown\n',
      /executable file not found/,
    ],
    [
      127,
      'Error: crun: executable file `nosuch` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found\n',
      /^docker could not start the test: crun: executable file/,
    ],
    [
      1,
      'ERROR (catatonit:6): failed to exec pid1: No such file or directory\n',
      /^`make` could not be started: it does not exist/,
    ],
    [
      126,
      '[FATAL tini (7)] exec make failed: Permission denied\n',
      /^`make` could not be started: it may not be executed/,
    ],
  ])('reads exit code %d with %j', (exitCode, output, expected) => {
    expect(readContainerFailure('docker', 'make', { exitCode, output })).toMatch(expected)
  })

  it.each([
    [1, 'Error: one test failed\n'],
    [127, 'sh: 1: nosuch: not found\n'],
    [125, 'a test of ours\n'],
    [null, ''],
  ])('takes exit code %j with %j for the test’s own', (exitCode, output) => {
    expect(readContainerFailure('docker', 'make', { exitCode, output })).toBeNull()
  })
})
