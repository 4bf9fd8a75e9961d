// Writes the programs that tests start as processes into a folder, laid out as here, each with what it imports in few
// files: from a file for each module a service would spend a second of each start on finding and reading 600 of them.
// Argument: the folder.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

const root = path.resolve(import.meta.dirname, '../..')
const [folder = ''] = process.argv.slice(2)

/** Code finds files beside its own source, wherever it is bundled. */
const ownPlace: Plugin = {
  name: 'own-place',
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, async ({ path: source }) => {
      const place = path.join(folder, path.relative(root, source)).replace(/\.ts$/, '.js')
      const text = await readFile(source, 'utf8')
      const contents = text
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(place).href))
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(place)))
      return { loader: 'ts', contents }
    })
  },
}

await build({
  absWorkingDir: root,
  entryPoints: [
    'src/main.ts',
    'src/app/import/archive-worker.ts',
    'src/mail/parse/parse-worker.ts',
    'test/support/killing-worker.ts',
    'test/support/run-test-in-service.ts',
    'test/support/soak/soak-service.ts',
    'test/**/children/*.ts',
    'test/**/*-child.ts',
  ],
  outdir: folder,
  outbase: root,
  chunkNames: 'shared/[name]-[hash]',
  bundle: true,
  splitting: true,
  keepNames: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Compiled code of its own; and what few tests need.
  external: ['better-sqlite3', 'probot', 'smee-client'],
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
  },
  plugins: [ownPlace],
  logLevel: 'warning',
})
