import type { Isolation } from '../core/trust/isolation.ts'
import { type Confinement, type Ending, unstartable } from './confinement.ts'
import { markerVariable } from './process-tree.ts'
import { engineEnvironment } from './run-cleanup.ts'
import type { RunFolder } from './run-folder.ts'
import type { TestRequest } from './tester.ts'

type ContainerIsolation = Extract<Isolation, { readonly kind: 'container' }>

/** Who the files of the checkout belong to. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

function containerName(folder: RunFolder): string {
  return `patchferry-${folder.marker}`
}

/** What differs: rootless podman maps our user into the container, docker has to be told to be that user. */
function userArguments(engine: 'podman' | 'docker', owner: Owner): readonly string[] {
  return engine === 'podman' && owner.uid !== 0
    ? ['--userns=keep-id']
    : [`--user=${owner.uid}:${owner.gid}`]
}

/** The command line that runs the test, as data. The image's own entry point is not used, and nothing is pulled. */
export function containerArguments(
  isolation: ContainerIsolation,
  request: TestRequest,
  folder: RunFolder,
  environment: Readonly<Record<string, string>>,
  owner: Owner,
): readonly [string, ...string[]] {
  const [program = '', ...args] = request.argv
  const variables = {
    ...environment,
    HOME: '/tmp/home',
    TMPDIR: '/tmp',
    [markerVariable]: folder.marker,
  }
  return [
    isolation.engine,
    'run',
    '--rm',
    '--init',
    '--pull=never',
    '--log-driver=none',
    `--name=${containerName(folder)}`,
    '--hostname=patchferry',
    '--network=none',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges',
    ...userArguments(isolation.engine, owner),
    ...(isolation.memoryBytes === null
      ? []
      : [`--memory=${isolation.memoryBytes}b`, `--memory-swap=${isolation.memoryBytes}b`]),
    ...(isolation.processes === null ? [] : [`--pids-limit=${isolation.processes}`]),
    `--volume=${folder.temporary}:/tmp:Z`,
    `--volume=${request.directory}:/checkout:Z`,
    '--workdir=/checkout',
    ...Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`),
    `--entrypoint=${program}`,
    isolation.image,
    ...args,
  ]
}

/** What the small init of podman and that of docker say when they cannot execute the command. */
const initFailure =
  /^(?:ERROR \(catatonit:\d+\): failed to exec pid1|\[FATAL tini \(\d+\)\] exec .* failed): (?<reason>.+)$/

/**
 * Reads what podman and docker say when the test was never begun: exit code 125 for their own failures, 126 and
 * 127 for a command that cannot be executed. A test may end with these codes too, but without their words.
 */
export function readContainerFailure(
  engine: string,
  command: string,
  ending: Pick<Ending, 'exitCode' | 'output'>,
): string | null {
  const lines = ending.output.trimEnd().split('\n')
  const reason = initFailure.exec(lines.at(-1) ?? '')?.groups?.['reason']
  if (reason !== undefined) {
    return unstartable(command, reason)
  }
  const complaint = lines
    .filter((line) => /^(?:docker: |Error: |Cannot connect to the Docker daemon)/.test(line))
    .at(-1)
  if (![125, 126, 127].includes(ending.exitCode ?? 0) || complaint === undefined) {
    return null
  }
  const text = complaint.replace(/^(?:docker: |Error: )(?:Error response from daemon: )?/, '')
  if (/[Nn]o such image|image not known|not find image/.test(text)) {
    return `the image is not on this machine (${text}): build it, or pull it with \`${engine} pull\``
  }
  return `${engine} could not start the test: ${text}`
}

/** Runs the test in a container without network, as the user that owns the checkout. */
export function container(isolation: ContainerIsolation): Confinement {
  const { engine } = isolation
  return {
    async prepare(request, folder, environment) {
      const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
      return {
        argv: containerArguments(isolation, request, folder, environment, owner),
        directory: '/',
        // Without the marker: the engine's helpers must live to remove the container.
        environment: engineEnvironment(),
        diesWithParent: false,
        cleanup: [engine, 'rm', '--force', containerName(folder)],
      }
    },
    whyNotSpawned: (_request, error) =>
      error.code === 'ENOENT'
        ? `${engine} is not installed: install it, or choose another isolation`
        : `${engine} could not be started: ${error.message}`,
    whyNotBegun: (request, ending) => readContainerFailure(engine, request.argv[0] ?? '', ending),
    // The client hands the signal on; asking the engine's own helpers would cut the output.
    whomToAsk: (pid) => [pid],
  }
}
