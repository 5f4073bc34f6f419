import { openEtcd } from './etcd.ts'
import { type EtcdProcess, etcdMissing, startEtcd } from './etcd-process.ts'
import { storageCases } from './storage.cases.ts'

describe('the etcd store', function () {
  const missing = etcdMissing()
  if (missing) {
    it(`is not tested here: ${missing}`)
    return
  }
  this.timeout(60_000)
  let etcd: EtcdProcess
  let prefixes = 0

  before(async () => {
    etcd = await startEtcd()
  })
  after(() => etcd?.stop())

  storageCases({
    open: async () => openEtcd({ endpoints: [etcd.endpoint], prefix: `/test-${prefixes++}` }),
    runs: 15,
  })
})
