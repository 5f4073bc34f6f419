/**
 * All that a cluster needs to run a program of controllers, as objects: definitions, service account, roles and a
 * Deployment with the least rights that work. What is printed runs on any Kubernetes as it stands.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Deployment, Namespace, Service } from '../../api/types.ts'
import type { Controller } from './controller.ts'
import { needsWebhook } from './conversion.ts'
import type { CustomResourceDefinition } from './custom-resource-definition.ts'
import type { Definition } from './defined-kind.ts'
import { type ConversionWebhook, manifestOf } from './manifest.ts'
import { rolesOf } from './roles.ts'

/** What to install beside the definitions of the kinds. */
export interface ManifestsOptions {
  name: string
  kinds: readonly Definition[]
  controllers: readonly Controller[]
  /** Where it runs; the name unless told. */
  namespace?: string
  /** `NAME:v1` unless told. */
  image?: string
  /** One leads, the others stand by with filled caches (1). */
  replicas?: number
  /** Look at this namespace alone. */
  watchNamespace?: string
  /** The program writes its definitions itself, and may. */
  installKinds?: boolean
  /** What its webhook is served with; must be given if versions of a kind differ. */
  certificate?: WebhookCertificate
}

/** PEM. */
export interface WebhookCertificate {
  certificate: string
  key: string
  /** Whom the certificate is from. */
  authority: string
}

/** Ports of the program in its pod. */
const healthPort = 8081
const webhookPort = 9443
/** Where the webhook's certificate is mounted. */
const certificates = '/etc/webhook'

export const needsConversion = (kinds: readonly Definition[]): boolean => kinds.some(needsWebhook)

/** The name by which an API server reaches the webhook. */
export const webhookHost = (name: string, namespace: string): string =>
  `${name}-webhook.${namespace}.svc`

/**
 * In an order in which they may be applied: namespace, definitions, roles, then what runs.
 *
 *     manifestsOf({ name: 'site', kinds: [Site], controllers: [siteController], image: 'registry/site:v1' })
 */
export function manifestsOf(options: ManifestsOptions): KubernetesObject[] {
  const { name, namespace = name, certificate, kinds } = options
  const converting = needsConversion(kinds)
  if (converting && !certificate)
    throw new Error(`${name} converts between versions, so its webhook needs a certificate`)
  const objects = [
    ...(namespace === 'default' ? [] : [namespaceOf(namespace)]),
    ...definitionsOf(options),
    ...roleObjectsOf(options),
    ...(converting && certificate ? webhookOf(name, namespace, certificate) : []),
    deploymentOf(options),
  ]
  return objects as KubernetesObject[]
}

/** The definitions alone. */
export function definitionsOf(options: ManifestsOptions): CustomResourceDefinition[] {
  const { name, namespace = name, kinds, certificate } = options
  const conversion: ConversionWebhook = {
    service: { namespace, name: `${name}-webhook`, path: '/convert' },
    ...(certificate ? { caBundle: certificate.authority } : {}),
  }
  return kinds.map((kind) => manifestOf(kind, needsConversion([kind]) ? { conversion } : {}))
}

/** The service account and its roles alone. */
export function roleObjectsOf(options: ManifestsOptions) {
  const { name, namespace = name, controllers, kinds, watchNamespace, installKinds } = options
  const installs = kinds.map(({ names }) => `${names.plural}.${names.group}`)
  return rolesOf(controllers, {
    name,
    namespace,
    ...(watchNamespace === undefined ? {} : { watchNamespace }),
    ...(installKinds ? { installs } : {}),
  })
}

const namespaceOf = (name: string): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
})

const labelsOf = (name: string) => ({ 'app.kubernetes.io/name': name })

function deploymentOf(options: ManifestsOptions): Deployment {
  const { name, namespace = name, replicas = 1, kinds } = options
  const labels = labelsOf(name)
  const secret = { name: 'webhook', secret: { secretName: `${name}-webhook` } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [containerOf(options)],
          ...(needsConversion(kinds) ? { volumes: [secret] } : {}),
        },
      },
    },
  }
}

function containerOf({ name, namespace = name, image = `${name}:v1`, ...rest }: ManifestsOptions) {
  const { kinds, watchNamespace, installKinds } = rest
  const probe = (path: string) => ({ httpGet: { path, port: 'health' }, periodSeconds: 10 })
  const converting = needsConversion(kinds)
  const mount = { name: 'webhook', mountPath: certificates, readOnly: true }
  return {
    name: 'controller',
    image,
    args: [
      'run',
      `--namespace=${namespace}`,
      '--health-address=*',
      `--health-port=${healthPort}`,
      ...(watchNamespace === undefined ? [] : [`--watch-namespace=${watchNamespace}`]),
      ...(installKinds ? ['--install-kinds'] : []),
      ...(converting
        ? [`--webhook-port=${webhookPort}`, `--webhook-certificates=${certificates}`]
        : []),
    ],
    ports: [
      { name: 'health', containerPort: healthPort },
      ...(converting ? [{ name: 'webhook', containerPort: webhookPort }] : []),
    ],
    livenessProbe: { ...probe('/livez'), initialDelaySeconds: 5 },
    readinessProbe: probe('/readyz'),
    resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '256Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    ...(converting ? { volumeMounts: [mount] } : {}),
  }
}

function webhookOf(name: string, namespace: string, pair: WebhookCertificate) {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const metadata = { namespace, name: `${name}-webhook`, labels: labelsOf(name) }
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      selector: labelsOf(name),
      ports: [{ name: 'webhook', port: 443, targetPort: webhookPort }],
    },
  }
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(pair.certificate), 'tls.key': base64(pair.key) },
  }
  return [secret, service]
}
