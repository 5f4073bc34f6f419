/** One sound object of each of many kinds, for requests to be bent from. */

const containers = [
  {
    name: 'c',
    image: 'i',
    ports: [{ containerPort: 80, name: 'web' }],
    env: [{ name: 'A', value: 'b' }],
    resources: { limits: { cpu: '1', memory: '1Gi' } },
    readinessProbe: { httpGet: { path: '/', port: 'web' } },
    volumeMounts: [{ name: 'v', mountPath: '/v' }],
  },
]
const podSpec = { containers, volumes: [{ name: 'v', emptyDir: {} }] }
const labels = { app: 'a' }
const selector = { matchLabels: labels }
const template = { metadata: { labels }, spec: podSpec }
const jobTemplate = { spec: { ...podSpec, restartPolicy: 'Never' } }
const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' }
const http = { paths: [{ path: '/', pathType: 'Prefix', backend: { service: backend() } }] }
const resourceRules = [
  { operations: ['CREATE'], apiGroups: ['x.io'], apiVersions: ['v1'], resources: ['x'] },
]

function backend() {
  return { name: 'a', port: { number: 80 } }
}

/** By the collection that they are posted to. */
export const seeds: Record<string, object> = {
  '/api/v1/namespaces/default/configmaps': { data: { a: 'b' } },
  '/api/v1/namespaces/default/secrets': { stringData: { a: 'b' } },
  '/api/v1/namespaces/default/pods': { spec: podSpec },
  '/api/v1/namespaces/default/services': { spec: { selector: labels, ports: [{ port: 80 }] } },
  '/api/v1/namespaces/default/serviceaccounts': {},
  '/api/v1/namespaces/default/persistentvolumeclaims': {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  '/api/v1/namespaces/default/resourcequotas': { spec: { hard: { 'count/jobs.batch': '99' } } },
  '/api/v1/namespaces/default/replicationcontrollers': { spec: { selector: labels, template } },
  '/api/v1/nodes': { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } },
  '/apis/apps/v1/namespaces/default/deployments': { spec: { selector, template } },
  '/apis/apps/v1/namespaces/default/statefulsets': { spec: { selector, template } },
  '/apis/apps/v1/namespaces/default/daemonsets': { spec: { selector, template } },
  '/apis/batch/v1/namespaces/default/jobs': { spec: { template: jobTemplate } },
  '/apis/batch/v1/namespaces/default/cronjobs': {
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: jobTemplate } } },
  },
  '/apis/policy/v1/namespaces/default/poddisruptionbudgets': {
    spec: { minAvailable: 1, selector },
  },
  '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers': {
    spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'a' } },
  },
  '/apis/networking.k8s.io/v1/namespaces/default/ingresses': {
    spec: { rules: [{ host: 'a.example.com', http }] },
  },
  '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies': { spec: { podSelector: {} } },
  '/apis/coordination.k8s.io/v1/namespaces/default/leases': { spec: { holderIdentity: 'a' } },
  '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles': { rules },
  '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings': { roleRef, subjects: [] },
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies': {
    spec: { matchConstraints: { resourceRules }, validations: [{ expression: 'true' }] },
  },
  '/apis/storage.k8s.io/v1/storageclasses': { provisioner: 'example.com/d' },
  '/apis/fuzz.example.com/v1/namespaces/default/gadgets': {
    apiVersion: 'fuzz.example.com/v1',
    kind: 'Gadget',
    spec: { color: 'red', ports: [{ name: 'web', protocol: 'TCP', port: 80 }], tags: ['a'] },
  },
}
