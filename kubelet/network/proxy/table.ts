/** Keeps one nftables table as it was last asked to be; the only thing here that talks to the kernel. */

import { run } from '../command.ts'
import type { Ruleset } from './ruleset.ts'
import { changes, replacement } from './script.ts'

export type RunNft = (args: string[], script?: string) => Promise<string>

const nft: RunNft = (args, script) => run('nft', args, script)

export class Table {
  readonly #name: string
  readonly #run: RunNft
  #applied: Ruleset | undefined

  constructor(name: string, runNft: RunNft = nft) {
    this.#name = name
    this.#run = runNft
  }

  /** Makes the table so, atomically. After a failure the next call builds it anew. */
  async apply(rules: Ruleset): Promise<void> {
    const commands = this.#applied
      ? changes(this.#name, this.#applied, rules).join('\n')
      : replacement(this.#name, rules)
    if (commands === '') return
    this.#applied = undefined
    await this.#run(['-f', '-'], `${commands}\n`)
    this.#applied = rules
  }

  /** Builds it anew next time if someone else has removed it meanwhile. */
  async verify(): Promise<boolean> {
    const present = (await this.#run(['list', 'tables'])).includes(`table inet ${this.#name}\n`)
    if (!present) this.#applied = undefined
    return present
  }

  async remove(): Promise<void> {
    this.#applied = undefined
    await this.#run(['-f', '-'], `add table inet ${this.#name}\ndelete table inet ${this.#name}\n`)
  }
}
