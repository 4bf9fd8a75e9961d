import { access, constants, mkdir, stat, statfs } from 'node:fs/promises'
import { type Finding, ok, warning, wrong } from './finding.ts'

const leastFreeBytes = 1024 ** 3
const groupOrOthersWrite = 0o022

/** Whether `folder` can be written and has room. Makes it where it is absent; throws as `fs` does. */
export async function checkFolder(check: string, folder: string): Promise<Finding> {
  await mkdir(folder, { recursive: true })
  await access(folder, constants.W_OK)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const message = `${folder}: writable, ${Math.floor(free / 1024 ** 2)} MB free`
  return free < leastFreeBytes
    ? warning(check, message, 'Make room: keep at least 1 GB free.')
    : ok(check, message)
}

/** Whether what lies in the state folder is the service's own: owned by who runs this, written by nobody else. */
export async function checkOwner(check: string, folder: string): Promise<Finding> {
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
