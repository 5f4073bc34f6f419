/** The controllers that place pods, look after nodes and take away what nodes leave behind, in bounded searches. */

import type { Node as NodeObject, PodSpec } from '../../api/types.ts'
import { type Controller, Namespace, Node, Pod } from '../../controllers/framework/index.ts'
import { podGcController } from '../../controllers/podgc/index.ts'
import { create, patch, remove, type Subject, wait } from './index.ts'
import { pod } from './known-bugs/workloads.ts'
import { carriedOut } from './testing/carried-out.ts'

/** A node of which nobody but the scenario tells. */
const node = (name: string, labels: Record<string, string> = {}): NodeObject => ({
  metadata: { name, labels },
  status: {
    allocatable: { cpu: '1', memory: '1Gi', pods: '10' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
})

const podWith = (name: string, spec: Partial<PodSpec>) => ({
  ...pod(name),
  spec: { ...pod(name).spec!, ...spec },
})

/** Nobody says of these nodes that they are ready, and takes away the taint that they begin with. */
const tolerations = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }]
const podFor = (name: string, zone: string) =>
  podWith(name, { nodeSelector: { zone }, tolerations })
const podOf = (name: string, cpu: string) =>
  podWith(name, {
    containers: [{ name: 'main', image: 'main', resources: { requests: { cpu } } }],
  })

const finished = { phase: 'Succeeded' }
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
/** Bears silence for so long. */
const patient = (tolerationSeconds: number) => [
  {
    key: 'node.kubernetes.io/unreachable',
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  },
]

const subjects: Record<string, Subject> = {
  'the placing of pods on two nodes, one of which comes later': {
    process: 'built-in',
    builtIn: ['scheduler'],
    // A pod that has its node keeps it.
    except: ['rollback'],
    // One that could not be bound at once was told so.
    ignore: [{ kind: Pod, path: '.metadata.managedFields' }],
    reads: [Namespace, Node, Pod],
    scenario: [
      create(Node, node('a', { zone: 'near' })),
      create(Pod, podFor('at-once', 'near')),
      create(Pod, podFor('waiting', 'far')),
      create(Node, node('b', { zone: 'far' })),
      patch(Node, 'b', { spec: { unschedulable: true } }),
      create(Pod, podFor('kept-off', 'far')),
      patch(Node, 'b', { spec: { unschedulable: false } }),
    ],
  },
  'the placing of pods where there is room': {
    process: 'built-in',
    builtIn: ['scheduler'],
    nodes: 2,
    reads: [Namespace, Node, Pod],
    scenario: [
      create(Pod, podOf('a', '20')),
      create(Pod, podOf('b', '20')),
      create(Pod, podOf('c', '20')),
      remove(Pod, 'a'),
    ],
  },
  'ranges of addresses for nodes': {
    process: 'built-in',
    builtIn: ['node-ipam'],
    reads: [Node],
    scenario: [
      create(Node, node('a')),
      create(Node, node('b')),
      remove(Node, 'a'),
      create(Node, node('c')),
    ],
    // Which node gets which range is a matter of order.
    ignore: [
      { kind: Node, path: '.spec.podCIDR' },
      { kind: Node, path: '.spec.podCIDRs' },
    ],
    eventually: [
      function allHaveOne(head) {
        return head.list(Node).every(({ spec }) => spec?.podCIDR)
      },
    ],
    always: [
      function noRangeIsGivenTwice(head) {
        const given = head.list(Node).flatMap(({ spec }) => spec?.podCIDR ?? [])
        return new Set(given).size === given.length
      },
    ],
  },
  'the flight from a node that has gone silent': {
    process: 'built-in',
    builtIn: ['node-lifecycle', 'taint-eviction'],
    // Pods leave a node only while another is ready.
    nodes: 1,
    // Whoever does not hear of leases must take nodes for silent: they are always seen.
    reads: [Node, Pod],
    scenario: [
      create(Pod, podWith('hasty', { nodeName: 'silent', tolerations: patient(10) })),
      create(Pod, podWith('patient', { nodeName: 'silent', tolerations: patient(50) })),
      patch(Pod, 'patient', { status: ready }, 'status'),
      create(Node, node('silent')),
      wait('2m'),
      wait('2m'),
    ],
  },
  'the collection of pods whose node is gone': {
    process: 'built-in',
    builtIn: ['pod-garbage-collector'],
    reads: [Node, Pod],
    scenario: [
      create(Node, node('going')),
      create(Pod, podWith('a', { nodeName: 'going' })),
      create(Pod, podWith('b', { nodeName: 'elsewhere' })),
      remove(Node, 'going'),
      wait('2m'),
    ],
  },
  'the collection of too many finished pods': {
    controllers: (): Controller[] => [podGcController({ terminatedPodThreshold: 1 })],
    scenario: [
      create(Node, node('here')),
      create(Pod, podWith('old', { nodeName: 'here' })),
      wait('2s'),
      create(Pod, podWith('new', { nodeName: 'here' })),
      patch(Pod, 'new', { status: finished }, 'status'),
      patch(Pod, 'old', { status: finished }, 'status'),
    ],
  },
}

describe('built-in controllers of nodes, whatever goes wrong', function () {
  this.timeout(180_000)
  carriedOut(subjects, 15)
})
