import { type Confinement, defaultPath, unstartable } from './confinement.ts'
import { markerVariable } from './process-tree.ts'

/** Runs the test as our own user, with nothing but a scrubbed environment. */
export const noConfinement: Confinement = {
  async prepare(request, folder, environment) {
    const [program = '', ...args] = request.argv
    return {
      argv: [program, ...args],
      directory: request.directory,
      environment: {
        PATH: defaultPath,
        ...environment,
        HOME: folder.home,
        TMPDIR: folder.temporary,
        [markerVariable]: folder.marker,
      },
      diesWithParent: false,
      cleanup: null,
    }
  },
  whyNotSpawned: (request, error) =>
    unstartable(request.argv[0] ?? '', error.code ?? error.message),
  whyNotBegun: () => null,
  whomToAsk: (pid, _status, marked) => [-pid, ...marked],
}
