/**
 * Who wrote, in the words that people know: `kubectl apply, alice`, `kube-controller-manager, deployment controller`. Pure:
 * it says what the record says of the user and the program, and guesses at neither. That a writer calls itself a controller
 * is its own word: people stay people.
 */

import type { WriteRecord } from '../api/write-record.ts'

export interface Actor {
  /** The user, without the prefix of the system's own. */
  user: string
  /** What the user wrote with; empty where nothing tells. */
  program: string
  /** Whether a program acts here by itself: as a user that no person is. */
  automatic: boolean
}

export function actorOf(record: WriteRecord): Actor {
  const agent = agentOf(record)
  const user = userText(record)
  if (!(record.impersonatedBy ?? record.user).startsWith('system:'))
    return { user, program: programOf(record, agent), automatic: false }
  if (record.user.startsWith('system:node:'))
    return {
      user,
      program: agent === '' || agent === 'tiphys-kubelet' ? 'kubelet' : agent,
      automatic: true,
    }
  const controller = controllerOf(record, agent)
  const program = controller ? partText(controller) : programOf(record, agent)
  return { user, program, automatic: true }
}

/** `kubectl apply, alice`; of controllers the process first, as it is the larger. */
export function actorText(record: WriteRecord): string {
  const { user, program, automatic } = actorOf(record)
  const words = automatic ? [user, program] : [program, user]
  return words.filter((word, at) => word !== '' && words.indexOf(word) === at).join(', ')
}

/** `deployment controller`, but `scheduler`. */
const partText = (name: string): string => (/(er|or|let)$/.test(name) ? name : `${name} controller`)

/** `alice as service account ci/deployer`. */
const userText = ({ user, impersonatedBy }: WriteRecord): string =>
  impersonatedBy ? `${userOf(impersonatedBy)} as ${userOf(user)}` : userOf(user)

function userOf(user: string): string {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user)
  if (account) return `service account ${account[1]}/${account[2]}`
  const node = /^system:node:(.+)$/.exec(user)
  return node ? `node ${node[1]}` : user.replace(/^system:/, '')
}

/** The program's own name in `kubectl/v1.36.0 (linux/amd64) kubernetes/abc`. */
const agentOf = ({ userAgent = '' }: WriteRecord): string => /^[^/\s]*/.exec(userAgent)?.[0] ?? ''

/** Of a controller's process, which of its controllers: it says so itself, or its field manager or its object do. */
function controllerOf(
  { fieldManager = '', cause }: WriteRecord,
  agent: string,
): string | undefined {
  if (!cause || cause.by) return cause?.by
  const named = agent !== '' && fieldManager.startsWith(`${agent}-`)
  if (named) return fieldManager.slice(agent.length + 1)
  return cause.for?.resource.replace(/s$/, '')
}

function programOf({ verb, subresource, fieldManager = '' }: WriteRecord, agent: string): string {
  if (fieldManager === 'kubectl-client-side-apply') return 'kubectl apply'
  const command = /^kubectl-([a-z]+)$/.exec(fieldManager)?.[1]
  if (command) return `kubectl ${command}`
  if (fieldManager !== '' && fieldManager !== agent) return fieldManager
  return agent === 'kubectl' ? `kubectl ${kubectlCommand(verb, subresource)}`.trim() : agent
}

/** Where kubectl writes under its plain name. */
function kubectlCommand(verb: WriteRecord['verb'], subresource: string | undefined): string {
  if (subresource === 'scale') return 'scale'
  if (subresource === 'eviction') return 'drain'
  if (verb === 'apply') return 'apply'
  if (verb === 'delete' || verb === 'deletecollection') return 'delete'
  return verb === 'create' ? 'create' : ''
}
