/** Which object a command means: `deploy/web`, `deployment/web`, `deployments.apps/web`, `pod/web-x`, as kubectl takes them. */

import { CommandError } from '../context.ts'

export interface Target {
  kind: 'deployment' | 'pod'
  name: string
}

const kinds: ReadonlyMap<string, Target['kind']> = new Map([
  ['deploy', 'deployment'],
  ['deployment', 'deployment'],
  ['deployments', 'deployment'],
  ['po', 'pod'],
  ['pod', 'pod'],
  ['pods', 'pod'],
])

/** @param fallback what a bare name means */
export function targetOf(words: string, fallback: Target['kind'] = 'deployment'): Target {
  const [first = '', name, ...rest] = words.split('/')
  if (name === undefined && first !== '') return { kind: fallback, name: first }
  const kind = kinds.get(first.replace(/\.(v1\.)?(apps)?$/, '').toLowerCase())
  if (!kind || !name || rest.length > 0)
    throw new CommandError(`"${words}" is neither a deployment nor a pod`, [
      'say deploy/NAME or pod/NAME',
    ])
  return { kind, name }
}

/** Any object: the word for its resource as it was said, and its name. A bare name is a Deployment. */
export function objectNamed(words: string): { word: string; name: string } {
  const [word = '', name, ...rest] = words.split('/')
  if (name === undefined && word !== '') return { word: 'deployment', name: word }
  if (!word || !name || rest.length > 0)
    throw new CommandError(`"${words}" names no object`, ['say KIND/NAME: deploy/web, pod/web-x'])
  const kind = kinds.get(word.replace(/\.(v1\.)?(apps)?$/, '').toLowerCase())
  return { word: kind ?? word, name }
}

/** A Deployment, where nothing else will do. */
export function deploymentNamed(words: string): string {
  const { kind, name } = targetOf(words)
  if (kind !== 'deployment')
    throw new CommandError(`"${words}" has no rollout`, ['say deploy/NAME', `tiphys why ${words}`])
  return name
}
