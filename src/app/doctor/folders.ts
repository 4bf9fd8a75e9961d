import { existsSync } from 'node:fs'
import { access, constants, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { deadLinkTarget } from '../../util/make-folder.ts'
import { type Finding, ok, unchecked, warning, wrong } from './finding.ts'

const leastFreeBytes = 1024 ** 3
/** With less not even one mail and what comes of it are sure to fit. */
const leastUsableBytes = 64 * 1024 ** 2
const groupOrOthersWrite = 0o022

/** The folder, or the nearest above it that is there, be it as a link that leads to nothing. */
async function nearest(
  folder: string,
): Promise<{ readonly there: string; readonly deadTarget: string | null }> {
  const above = path.dirname(folder)
  const deadTarget = await deadLinkTarget(folder)
  return existsSync(folder) || deadTarget !== null || above === folder
    ? { there: folder, deadTarget }
    : nearest(above)
}

/** Whether `folder`, or where it is absent what it will be made in, can be written and has room. Throws as `fs` does. */
export async function checkFolder(check: string, folder: string): Promise<Finding> {
  const { there, deadTarget } = await nearest(folder)
  if (deadTarget !== null) {
    return wrong(
      check,
      `${folder}: ${there} leads to ${deadTarget}, which is not there`,
      'Mount the disk that should be there, or correct the path.',
    )
  }
  if (!(await stat(there)).isDirectory()) {
    return wrong(check, `${there} is no folder`, 'Move it away, or correct the path.')
  }
  await access(there, constants.W_OK)
  const { bavail, bsize } = await statfs(there)
  const free = bavail * bsize
  const what = there === folder ? 'writable' : 'is not there yet, and can be made'
  const message = `${folder}: ${what}, ${Math.floor(free / 1024 ** 2)} MB free`
  const remedy = 'Make room: keep at least 1 GB free.'
  if (free < leastUsableBytes) {
    return wrong(check, message, remedy)
  }
  return free < leastFreeBytes ? warning(check, message, remedy) : ok(check, message)
}

/** Whether what lies in the state folder is the service's own: owned by who runs this, written by nobody else. */
export async function checkOwner(check: string, folder: string): Promise<Finding> {
  if (!existsSync(folder)) {
    return unchecked(check, `${folder} is not there yet`)
  }
  const { uid, mode } = await stat(folder)
  const own = process.getuid?.() ?? uid
  const bits = (mode & 0o777).toString(8).padStart(4, '0')
  if (uid !== own) {
    return wrong(
      check,
      `${folder} belongs to user ${uid}, and this is user ${own}`,
      `Run doctor and the service as one user: \`chown -R ${own} ${folder}\`, or \`sudo -u\` that user.`,
    )
  }
  return (mode & groupOrOthersWrite) === 0
    ? ok(check, `${folder} is ours, mode ${bits}`)
    : warning(
        check,
        `others may write to ${folder}, mode ${bits}`,
        `Close it: \`chmod go-w ${folder}\`.`,
      )
}

/** Whether a file that holds a secret can be read by nobody but its owner and group. */
export async function checkSecretFile(check: string, file: string): Promise<Finding> {
  const { mode } = await stat(file)
  return (mode & 0o007) === 0
    ? ok(check, `${file}: nobody else can read it`)
    : warning(check, `everybody can read ${file}`, `Close it: \`chmod 600 ${file}\`.`)
}
