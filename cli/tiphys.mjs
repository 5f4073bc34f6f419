#!/usr/bin/env node
/**
 * The door: plain JavaScript for Node 18 and later, without dependencies. Makes sure that what package-lock.json names
 * is installed, finds a Node that runs TypeScript (this one, else the pinned package), and hands over to `main.ts`.
 */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const main = join(root, 'cli', 'main.ts')
const pinned = join(root, 'node_modules', 'node', 'bin', 'node')
const compileCache = join(root, 'node_modules', '.cache', 'tiphys', 'compile')

/** What the lock file asks for that is not installed in that version. */
function missingPackages() {
  const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages
  const wanted = read(join(root, 'package-lock.json'))
  const hidden = join(root, 'node_modules', '.package-lock.json')
  const installed = existsSync(hidden) ? read(hidden) : {}
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && !entry.link && !isInstalled(path, entry, installed))
    .map(([path]) => path.replace(/^node_modules\//, ''))
}

function isInstalled(path, wanted, installed) {
  const found = Object.hasOwn(installed, path) ? installed[path] : undefined
  if (!found) return wanted.optional === true || wanted.devOptional === true
  return found.version === wanted.version && (found.optional || existsSync(join(root, path)))
}

function npm(args) {
  const options = { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' }
  const result = spawnSync('npm', args, options)
  if (result.status === 0) return
  const why = result.error ? result.error.message : `${result.stdout}${result.stderr}`.trim()
  fail(`npm ${args[0]} failed in ${root}:\n${why}`)
}

function step(title, task) {
  const start = performance.now()
  process.stderr.write(`  … ${title}\n`)
  task()
  process.stderr.write(`  ✓ ${title} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`)
}

function fail(message) {
  process.stderr.write(`tiphys: ${message}\n`)
  process.exit(1)
}

const runsTypeScript = () =>
  Number(process.versions.node.split('.')[0]) >= 24 && process.features.typescript === 'strip'

const pinnedWorks = () =>
  existsSync(pinned) && spawnSync(pinned, ['--version'], { stdio: 'ignore' }).status === 0

/** Runs `main.ts` on the pinned Node, passing signals on and its exit code back. */
function handOver() {
  const child = spawn(pinned, [main, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    for (const name of signals) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
  child.on('error', (error) => fail(`cannot run ${pinned}: ${error.message}`))
}

const missing = missingPackages()
// Nothing is installed while somebody is typing.
if (missing.length > 0 && process.argv[2] === '__complete') process.exit(1)
if (missing.length > 0)
  step(`npm ci: ${missing.length} package${missing.length > 1 ? 's' : ''} to install`, () =>
    npm(['ci', '--no-audit', '--no-fund']),
  )

if (runsTypeScript()) {
  nodeModule.enableCompileCache(compileCache)
  process.argv.splice(1, 1, main)
  await import(main)
} else {
  if (!pinnedWorks())
    step('fetch the pinned Node (npm rebuild node)', () => npm(['rebuild', 'node']))
  if (pinnedWorks()) handOver()
  else
    fail(
      `this needs Node 24 or later: Node ${process.versions.node} is too old and the package \`node\` did not bring one for ` +
        `${process.platform}-${process.arch} (its install script fetches it); install Node 24 or run \`npm rebuild node\` online.`,
    )
}
