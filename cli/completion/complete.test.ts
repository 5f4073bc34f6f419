import assert from 'node:assert/strict'
import { Argument, Command, Option } from 'commander'
import { type AskNames, completionOf, type NameQuestion } from './complete.ts'

const program = (): Command =>
  new Command('tiphys')
    .addCommand(
      new Command('rollout').addCommand(
        new Command('watch')
          .argument('<deployment>')
          .addOption(new Option('--until <outcome>').choices(['complete', 'failed']))
          .option('-n, --namespace <namespace>')
          .option('--context <name>')
          .option('--kubeconfig <file>')
          .option('--timeout <time>')
          .option('--fail-fast', 'at once'),
      ),
    )
    .addCommand(new Command('load').argument('<file>').option('--to <version>'))
    .addCommand(new Command('see').argument('[directory]'))
    .addCommand(new Command('shell').addArgument(new Argument('<shell>').choices(['bash', 'zsh'])))
    .addCommand(new Command('secret'), { hidden: true })

describe('the completion of a command line', () => {
  let asked: NameQuestion[]
  const ask: AskNames = async (question) => {
    asked.push(question)
    return { names: [{ text: 'deploy/web' }, { text: 'other' }], partial: question.typed === 'p' }
  }
  const of = async (...words: string[]) => {
    const { candidates, directive } = await completionOf(program(), words, ask)
    return [...candidates.map(({ text }) => text), directive]
  }
  beforeEach(() => {
    asked = []
  })

  it('names the commands that may be seen, and then theirs', async () => {
    assert.deepEqual(await of(''), ['rollout', 'load', 'see', 'shell', 4])
    assert.deepEqual(await of('s'), ['see', 'shell', 4])
    assert.deepEqual(await of('rollout', 'w'), ['watch', 4])
    assert.deepEqual(await of('nothing', ''), [4])
  })

  it('names options that were not given yet', async () => {
    assert.deepEqual(await of('rollout', 'watch', '--fail-fast', '-n', 'x', '--t'), [
      '--timeout',
      4,
    ])
    assert.ok(!(await of('rollout', 'watch', '-n', 'x', '--')).includes('--namespace'))
  })

  it('names the choices of an option, also behind an equals sign, and of an argument', async () => {
    assert.deepEqual(await of('rollout', 'watch', '--until', 'c'), ['complete', 4])
    assert.deepEqual(await of('rollout', 'watch', '--until='), ['complete', 'failed', 4])
    assert.deepEqual(await of('shell', 'z'), ['zsh', 4])
  })

  it('asks the cluster that the options say for names', async () => {
    const words = ['rollout', 'watch', '-n', 'shop', '--context=far', '--until', 'failed', 'd']
    assert.deepEqual(await of(...words), ['deploy/web', 4])
    const place = { namespace: 'shop', context: 'far' }
    assert.deepEqual(asked, [{ what: 'deployments', typed: 'd', place, before: [] }])
    await of('rollout', 'watch', '--context', '')
    assert.equal(asked[1]?.what, 'contexts')
    await of('load', 'x', '--to', '')
    assert.deepEqual([asked[2]?.what, asked[2]?.before], ['versions', ['x']])
    assert.deepEqual(await of('rollout', 'watch', 'p'), [6])
  })

  it('leaves files and directories to the shell, and offers none elsewhere', async () => {
    assert.deepEqual(await of('load', ''), [0])
    assert.deepEqual(await of('rollout', 'watch', '--kubeconfig', ''), [0])
    assert.deepEqual(await of('see', ''), [16])
    assert.deepEqual(await of('rollout', 'watch', '--timeout', ''), [4])
    assert.deepEqual(await of('load', 'x', ''), [4])
  })

  it('takes nothing for an option after two dashes', async () => {
    assert.deepEqual(await of('rollout', 'watch', '--', '-'), [4])
  })
})
