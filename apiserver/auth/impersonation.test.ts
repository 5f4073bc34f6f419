import assert from 'node:assert/strict'
import type { User } from '../registry/registry.ts'
import type { Attributes } from './authorization.ts'
import { impersonate } from './impersonation.ts'

const jane: User = { name: 'jane', groups: ['system:authenticated'] }

async function acting(headers: string[], allows: (attributes: Attributes) => boolean) {
  const asked: string[] = []
  const user = await impersonate(headers, jane, (attributes) => {
    assert.ok('resource' in attributes)
    const { verb, group, resource, subresource, namespace, name } = attributes
    asked.push(
      [verb, group, `${resource}${subresource ? `/${subresource}` : ''}`, namespace, name].join(
        ' ',
      ),
    )
    return { allowed: allows(attributes) }
  })
  return { user, asked }
}

describe('impersonation', () => {
  it('is not asked for by most requests', () => {
    const authorize = () => assert.fail('nobody asked')
    assert.equal(impersonate(['Host', 'x', 'Accept', '*/*'], jane, authorize), undefined)
  })

  it('needs the verb on each name, group, extra value and uid', async () => {
    const { user, asked } = await acting(
      [
        'Impersonate-User',
        'bob',
        'Impersonate-Group',
        'dev, with a comma',
        'impersonate-group',
        'ops',
        'Impersonate-Extra-Acme.com%2FTeam',
        'red',
        'Impersonate-Extra-Acme.com%2FTeam',
        'blue',
        'Impersonate-Uid',
        '42',
      ],
      () => true,
    )
    assert.deepEqual(asked, [
      'impersonate  users  bob',
      'impersonate  groups  dev, with a comma',
      'impersonate  groups  ops',
      'impersonate authentication.k8s.io userextras/acme.com/team  red',
      'impersonate authentication.k8s.io userextras/acme.com/team  blue',
      'impersonate authentication.k8s.io uids  42',
    ])
    assert.deepEqual(user, {
      name: 'bob',
      uid: '42',
      groups: ['dev, with a comma', 'ops', 'system:authenticated'],
      extra: { 'acme.com/team': ['red', 'blue'] },
    })
  })

  it('of a service account is of the account, with its groups', async () => {
    const { user, asked } = await acting(
      ['Impersonate-User', 'system:serviceaccount:ns:robot'],
      () => true,
    )
    assert.deepEqual(asked, ['impersonate  serviceaccounts ns robot'])
    assert.deepEqual(user?.groups, [
      'system:serviceaccounts',
      'system:serviceaccounts:ns',
      'system:authenticated',
    ])
  })

  it('is refused as a whole where one part is', async () => {
    for (const refusedResource of ['users', 'groups', 'userextras', 'uids'])
      await assert.rejects(
        acting(
          [
            'Impersonate-User',
            'bob',
            'Impersonate-Group',
            'system:masters',
            'Impersonate-Extra-k',
            'v',
            'Impersonate-Uid',
            '1',
          ],
          (attributes) => 'resource' in attributes && attributes.resource !== refusedResource,
        ),
        { code: 403 },
        refusedResource,
      )
  })

  it('of nobody in particular is an error', async () => {
    for (const header of ['Impersonate-Group', 'Impersonate-Uid', 'Impersonate-Extra-a'])
      await assert.rejects(
        acting([header, 'x'], () => true),
        { code: 500 },
      )
  })

  it('of the anonymous is not among those who are known', async () => {
    const { user } = await acting(['Impersonate-User', 'system:anonymous'], () => true)
    assert.deepEqual(user?.groups, ['system:unauthenticated'])
  })
})
