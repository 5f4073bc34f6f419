/**
 * The story that the demo tells: a rollout that goes wrong on purpose, explains itself, is undone, and is looked at again.
 * It says what is told and run, in order; where and how fast is the stage's.
 */

export interface Stage {
  /** Tells something, and waits for as long as it takes to read. */
  say(text: string): Promise<void>
  /** Shows a command, runs it, and gives time to look. Rejects when it ends with another code than 0, or `code`. */
  run(words: readonly string[], options?: { code?: number }): Promise<void>
  /** What a command prints, unseen. */
  ask(words: readonly string[]): Promise<string>
}

/** The Deployment of the story. @param ready how long a pod takes until it is: `2s` */
export const manifest = (ready: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 4
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
      annotations:
        tiphys.dev/simulated-ready: ${ready}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: web:1.2
          readinessProbe: {periodSeconds: 1, httpGet: {port: 80}}
`

export async function script(stage: Stage): Promise<void> {
  await good(stage)
  const { pod, revision } = await stuck(stage)
  await back(stage, pod)
  await again(stage, revision)
}

async function good({ say, run }: Stage): Promise<void> {
  await say(
    'Alice has a web server: four replicas, of which three are to be available at any time.',
  )
  await run(['cat', 'web.yaml'])
  await run(['kubectl', 'apply', '-f', 'web.yaml'])
  await run(['tiphys', 'rollout', 'watch', 'deploy/web'])
  await say(
    'A new version. Watch the bar: it never falls below the floor, and never rises above the ceiling.',
  )
  await run(['kubectl', 'set', 'image', 'deploy/web', 'web=web:1.3'])
  await run(['tiphys', 'rollout', 'watch', 'deploy/web'])
}

/** @returns the pod that failed, and a revision at which all was stuck */
async function stuck({ say, run, ask }: Stage): Promise<{ pod: string; revision: string }> {
  await say('And another version. But nobody has pushed this image: it is nowhere to be found.')
  await run(['kubectl', 'set', 'image', 'deploy/web', 'web=web.invalid/web:1.4'])
  await say(
    'kubectl rollout status would now wait for ten minutes. With --fail-fast the watch ends as soon as only a change can help, with a code of its own: 2.',
  )
  await run(['tiphys', 'rollout', 'watch', 'deploy/web', '--fail-fast'], { code: 2 })
  await say('What is the matter, and who began it?')
  await run(['tiphys', 'why', 'deploy/web'])
  const failing = await ask([
    'kubectl',
    'get',
    'pods',
    '--sort-by=.metadata.creationTimestamp',
    '-o=jsonpath={range .items[?(@.status.phase=="Pending")]}{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
  ])
  const [pod = '', revision = ''] = failing.split('\n')[0]?.split(' ') ?? []
  await say(
    'One of the new pods: why does it exist? Each write is kept with who made it, and on whose account.',
  )
  await run(['tiphys', 'why', `pod/${pod}`])
  return { pod, revision }
}

async function back({ say, run }: Stage, pod: string): Promise<void> {
  await say(
    'The old pods still serve. So back to what worked; but first: what exactly would that do?',
  )
  await run(['tiphys', 'rollout', 'undo', 'deploy/web', '--dry-run'])
  await run(['tiphys', 'rollout', 'undo', 'deploy/web'])
  await run(['tiphys', 'rollout', 'watch', 'deploy/web'])
  await say(
    'The pod that failed is gone by now. Its story is not: who took it away, and why it had been there.',
  )
  await run(['tiphys', 'why', `pod/${pod}`])
  await say('All that web has been, by whom, and how it went:')
  await run(['tiphys', 'rollout', 'history', 'deploy/web'])
}

async function again({ say, run }: Stage, revision: string): Promise<void> {
  await say('The past is kept for a day. This is how it stood when it was stuck:')
  await run(['tiphys', 'rollout', 'watch', 'deploy/web', '--at', `r${revision}`])
  await say(
    'It fits into a file that can be sent with a bug report, and replayed where there is no cluster.',
  )
  await run(['tiphys', 'rollout', 'record', 'deploy/web', '-o', 'web.jsonl.gz'])
  await run(['tiphys', 'rollout', 'replay', 'web.jsonl.gz', '--play'])
  await say('That was all. Without --play the replay is yours: left and right, space, + and -.')
}
