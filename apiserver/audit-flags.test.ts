import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { Command } from 'commander'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { type AuditFlags, addAuditFlags, openAudit } from './audit-flags.ts'

describe('the flags of the audit log', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'audit-flags-'))
  })
  after(() => rmSync(dir, { recursive: true }))
  const ports = {
    clock: new VirtualClock(),
    output: new PassThrough(),
    report: assert.ifError,
  }
  const open = (...argv: string[]) => {
    const command = addAuditFlags(new Command().exitOverride())
    return openAudit(command.parse(argv, { from: 'user' }).opts<AuditFlags>(), ports)
  }
  const policyFile = (level: string) => {
    const file = join(dir, `${level}.yaml`)
    writeFileSync(file, `{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: ${level}}]}`)
    return `--audit-policy-file=${file}`
  }

  it('ask for nothing unless they are given', async () => {
    assert.equal(await open(), undefined)
  })

  it('need each other', async () => {
    await assert.rejects(open('--audit-log-path=-'), /need each other: give both/)
    await assert.rejects(open(policyFile('None')), /need each other: give both/)
  })

  it('refuse a policy that is none, by file and field', async () => {
    await assert.rejects(open(policyFile('Everything'), '--audit-log-path=-'), {
      message: `loading audit policy file: rules[0].level: Unsupported value: "Everything": supported values: "None", "Metadata", "Request", "RequestResponse": from file ${join(dir, 'Everything.yaml')}`,
    })
  })

  it('refuse a place where nothing can be written', async () => {
    const path = join(dir, 'Metadata.yaml', 'audit.log')
    await assert.rejects(open(policyFile('Metadata'), `--audit-log-path=${path}`), /ENOTDIR|EEXIST/)
  })

  it('open a log that can be closed', async () => {
    const path = `--audit-log-path=${join(dir, 'logs', 'audit.log')}`
    const log = await open(policyFile('Metadata'), path)
    await log?.close()
    await (await open(policyFile('Metadata'), '--audit-log-path=-'))?.close()
  })
})
