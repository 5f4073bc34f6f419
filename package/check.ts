/** Whether the package is what it says: its entries load and their types are found, by every way of resolving modules. */

import { checkPackage as checkTypes, createPackageFromTarballData } from '@arethetypeswrong/core'
import { groupProblemsByKind } from '@arethetypeswrong/core/utils'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Archive } from './packed.ts'

/** ES modules only, for module resolutions that know `exports`: the old ways of finding files are not served. */
const notServed = new Set(['node10', 'node16-cjs'])

/** @throws Error with everything that is wrong */
export async function checkPackage(directory: string, archive: Archive): Promise<void> {
  const problems = [...(await shape(directory)), ...(await types(archive))]
  if (problems.length > 0)
    throw new Error(
      `the package is not fit to be published:\n${problems.map((line) => `- ${line}`).join('\n')}`,
    )
}

async function shape(directory: string): Promise<string[]> {
  const { messages, pkg } = await publint({ pkgDir: directory, level: 'warning', strict: true })
  return messages.map((message) => formatMessage(message, pkg) ?? message.code)
}

async function types({ bytes }: Archive): Promise<string[]> {
  const analysis = await checkTypes(createPackageFromTarballData(new Uint8Array(bytes)))
  if (!analysis.types) return ['it has no types']
  const grouped = groupProblemsByKind(analysis.problems)
  return Object.values(grouped)
    .flat()
    .filter((problem) => !('resolutionKind' in problem && notServed.has(problem.resolutionKind)))
    .map((problem) => JSON.stringify(problem))
}
