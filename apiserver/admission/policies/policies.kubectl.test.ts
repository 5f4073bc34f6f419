import assert from 'node:assert/strict'
import { kubectls } from '../../../test/e2e/programs.ts'
import { type KubectlHome, kubectlHome } from '../../wire/kubectl.ts'
import { startWireServer, type WireServer } from '../../wire/wire.ts'

const validating = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: demo-policy.example.com}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - apiGroups: [apps]
      apiVersions: [v1]
      operations: [CREATE, UPDATE]
      resources: [deployments]
  validations:
  - expression: object.spec.replicas <= 5
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: demo-binding.example.com}
spec:
  policyName: demo-policy.example.com
  validationActions: [Deny]
`

const mutating = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: label-policy.example.com}
spec:
  reinvocationPolicy: IfNeeded
  matchConstraints:
    resourceRules:
    - apiGroups: [""]
      apiVersions: [v1]
      operations: [CREATE]
      resources: [configmaps]
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >
        Object{metadata: Object.metadata{labels: {"by": request.userInfo.username}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: label-binding.example.com}
spec:
  policyName: label-policy.example.com
`

const many = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: many}
spec:
  replicas: 6
  selector: {matchLabels: {app: many}}
  template:
    metadata: {labels: {app: many}}
    spec: {containers: [{name: c, image: i}]}
`

for (const { version, path } of kubectls())
  describe(`policies by kubectl ${version}`, function () {
    this.timeout(60_000)
    let wire: WireServer
    let home: KubectlHome

    before(async () => {
      wire = await startWireServer()
      home = await kubectlHome(wire)
    })
    after(async () => {
      await home?.remove()
      await wire?.close()
    })

    const kubectl = (line: string, input = '', expected = 0) =>
      home.run(path, line.split(' '), input, expected)

    it('refuse in the words that people know', async () => {
      assert.equal(
        await kubectl('apply -f -', validating),
        'validatingadmissionpolicy.admissionregistration.k8s.io/demo-policy.example.com created\nvalidatingadmissionpolicybinding.admissionregistration.k8s.io/demo-binding.example.com created\n',
      )
      await kubectl('create deployment nginx --image=nginx --replicas=5')
      assert.match(
        await kubectl('create -f -', many, 1),
        /^The deployments "many" is invalid: : ValidatingAdmissionPolicy 'demo-policy.example.com' with binding 'demo-binding.example.com' denied request: failed expression: object.spec.replicas <= 5/m,
      )
      assert.match(
        await kubectl('get validatingadmissionpolicies'),
        /^demo-policy.example.com +1 +<unset> +\d+s$/m,
      )
    })

    it('change what people make', async () => {
      await kubectl('apply -f -', mutating)
      await kubectl('create configmap x --from-literal=a=b')
      assert.match(await kubectl('get configmap x --show-labels'), /by=admin/)
    })

    it('say what cannot be compiled', async () => {
      const wrong = validating.replace('object.spec.replicas <= 5', 'object.spec.replicas <=')
      assert.match(
        await kubectl('create -f -', wrong.replaceAll('demo-', 'wrong-'), 1),
        /spec.validations\[0\].expression: Invalid value: "object.spec.replicas <=": compilation failed: ERROR: <input>:1:24: Syntax error/,
      )
    })
  })
