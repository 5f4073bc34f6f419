/**
 * `tiphys dashboard`: the address of the page that the instance serves already, or the page served here, of any cluster or
 * of a recording, until it is interrupted.
 */

import type { Context } from './context.ts'
import { CommandError } from './context.ts'
import { callerOf } from './host.ts'
import { currentContext } from './kubeconfig.ts'
import { nextPort, pageAddress, pageRuns } from './page.ts'
import type { PlaceFlags } from './rollout/place.ts'
import { type Flags, kubeconfigPath, loadSettings, locate } from './settings.ts'

export interface DashboardFlags extends PlaceFlags, Pick<Flags, 'name' | 'dataDir' | 'runDir'> {
  port?: number
}

export async function dashboard(
  context: Context,
  file: string | undefined,
  flags: DashboardFlags,
): Promise<number> {
  const running = await runningPage(context, file, flags)
  if (running) {
    context.out.write(`${running}${inNamespace(flags.namespace)}\n`)
    return 0
  }
  return serveHere(context, file, flags)
}

const inNamespace = (namespace: string | undefined): string =>
  namespace ? `&namespace=${encodeURIComponent(namespace)}` : ''

/** `undefined` where something else is meant than the instance, or where its page does not run. */
async function runningPage(
  context: Context,
  file: string | undefined,
  { port, kubeconfig, context: other, ...flags }: DashboardFlags,
): Promise<string | undefined> {
  if (file ?? port ?? kubeconfig ?? other) return undefined
  try {
    const settings = loadSettings(locate(context, flags))
    if (!settings?.dashboardPort || !(await pageRuns(settings))) return undefined
    return pageAddress(settings)
  } catch (error) {
    // Another user's instance: it can be looked at with a kubeconfig.
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined
    throw error
  }
}

async function serveHere(
  context: Context,
  file: string | undefined,
  flags: DashboardFlags,
): Promise<number> {
  const { clock, random, err } = context
  const [{ pageAssets }, { startDashboard }, { addressOf, newToken }, { configFor }] =
    await Promise.all([
      import('../dashboard/build.ts'),
      import('../dashboard/server/dashboard.ts'),
      import('../dashboard/server/token.ts'),
      import('./rollout/place.ts'),
    ])
  const token = newToken()
  const config = file === undefined ? await configFor(context, flags) : undefined
  const namespace = flags.namespace ?? (file ? await namespaceIn(file) : config?.namespace)
  const of = config
    ? { config, context: flags.context ?? contextOf(context, flags) }
    : { file: file ?? '' }
  const page = await startDashboard({
    of,
    port: flags.port ?? (await nextPort()),
    token,
    assets: await pageAssets(),
    clock,
    random,
    report: (error) => err.write(`tiphys: ${(error as Error).message}\n`),
  })
  context.out.write(`${addressOf(page.port, token)}${inNamespace(namespace)}\n`)
  err.write('Serves the page until it is interrupted (Ctrl-C).\n')
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve()
    context.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await page.close()
  return 0
}

function contextOf(context: Context, { kubeconfig }: DashboardFlags): string {
  return currentContext(kubeconfig ?? kubeconfigPath(context, callerOf(context).home))
}

/** What a recording is of. @throws CommandError for what is none */
async function namespaceIn(file: string): Promise<string> {
  const [{ readFile }, { RecordingError }] = await Promise.all([
    import('../recordings/file.ts'),
    import('../recordings/line.ts'),
  ])
  try {
    for await (const line of readFile(file)) return line.type === 'HEADER' ? line.namespace : ''
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof RecordingError || code !== undefined)
      throw new CommandError(`${file}: ${message}`)
    throw error
  }
  throw new CommandError(`${file} is empty`)
}
