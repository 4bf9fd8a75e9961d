import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { DeliveryConfig } from '../config/config.ts'
import { BotError } from '../core/bot-error.ts'
import type { ReturnPaths } from '../mail/return-paths.ts'
import { oneReturnPath, tokenReturnPaths } from '../mail/send/return-paths.ts'

async function readKey(file: string): Promise<Uint8Array | null> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return null
    }
    throw error
  }
  if (!/^[0-9a-f]{64}\n$/.test(text)) {
    throw new BotError('CLI_RETURN_PATH_KEY_DAMAGED', `${file} does not hold a key`, {
      retry: 'after-human',
      remedy: 'Restore it from a backup, or remove it: bounces of mails sent by then are lost.',
      details: { file },
    })
  }
  return Buffer.from(text.trim(), 'hex')
}

/** Makes the key, whole or not at all; of two processes that do it at once one wins. */
async function makeKey(file: string): Promise<void> {
  const written = `${file}.${randomBytes(6).toString('hex')}`
  const handle = await open(written, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(32).toString('hex')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(written, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw error
    }
  } finally {
    await rm(written, { force: true })
  }
  const folder = await open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Where bounces go. The key of the addresses is in `keyFile`, which is made where it is missing; without `{token}` in the
 * configured address none is needed. Throws CLI_RETURN_PATH_KEY_DAMAGED.
 */
export async function openReturnPaths(
  { returnPath, plainReturnPath }: Pick<DeliveryConfig, 'returnPath' | 'plainReturnPath'>,
  keyFile: string,
): Promise<ReturnPaths> {
  if (returnPath === plainReturnPath) {
    return oneReturnPath(plainReturnPath)
  }
  let key = await readKey(keyFile)
  if (key === null) {
    await makeKey(keyFile)
    key = await readKey(keyFile)
  }
  if (key === null) {
    throw new TypeError(`${keyFile} was made and is not there`)
  }
  return tokenReturnPaths(returnPath, plainReturnPath, key)
}
