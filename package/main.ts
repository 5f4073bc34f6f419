/** `npm run build`: the package in `dist/`, checked, what it weighs, and the page that says what is in it. */

import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildPackage } from './build.ts'
import { pagesOf, referenceOf } from './reference.ts'

const root = dirname(import.meta.dirname)
const directory = join(root, 'dist')
const started = performance.now()
try {
  const { manifest, archive } = await buildPackage(directory)
  writeFileSync(join(root, 'docs', 'reference.md'), referenceOf(pagesOf(directory)))
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1024)} KB`
  process.stdout.write(
    `${manifest.name} ${manifest.version} in ${((performance.now() - started) / 1000).toFixed(1)} s: ${archive.file}\n` +
      `  ${kilobytes(archive.bytes.length)} packed, ${kilobytes(archive.unpackedSize)} unpacked; ` +
      `checked with publint and arethetypeswrong\n` +
      `  needs ${Object.keys(manifest.dependencies).join(', ')}\n`,
  )
} catch (error) {
  process.stderr.write(`tiphys: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
