import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { BotError } from '../core/bot-error.ts'

/** One file that pages refer to. */
interface Asset {
  /** `/assets/dashboard-<hash>.css`: another content has another address, so it may be kept for ever. */
  readonly path: string
  readonly type: string
  readonly content: string
}

export interface Assets {
  readonly stylesheet: Asset
  /** The mark of the project, also the icon of the browser's tab. */
  readonly mark: Asset
}

const packaged = fileURLToPath(new URL('../../templates/web/', import.meta.url))

async function readAsset(folder: string, name: string, type: string): Promise<Asset> {
  try {
    const content = await readFile(`${folder}/${name}`, 'utf8')
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 12)
    return { path: `/assets/${name.replace('.', `-${hash}.`)}`, type, content }
  } catch (cause) {
    throw new BotError('WEB_ASSETS', `cannot read ${name} in ${folder}`, {
      retry: 'after-human',
      details: { folder, name },
      cause,
    })
  }
}

/** Reads stylesheet and mark, from the package where no other folder is given. Throws WEB_ASSETS. */
export async function readAssets(folder: string = packaged): Promise<Assets> {
  return {
    stylesheet: await readAsset(folder, 'dashboard.css', 'text/css; charset=utf-8'),
    mark: await readAsset(folder, 'mark.svg', 'image/svg+xml'),
  }
}
