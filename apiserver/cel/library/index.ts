/** Everything that an expression may call, as Kubernetes v1.36 has it. */

import type { Overload } from '../functions.ts'
import { authorizers } from './authorizer.ts'
import { conversions } from './conversions.ts'
import { addresses } from './ip.ts'
import { jsonPatch } from './json-patch.ts'
import { lists } from './lists.ts'
import { namedFormats } from './named-format.ts'
import { operators } from './operators.ts'
import { optionals } from './optional.ts'
import { quantities } from './quantity.ts'
import { regularExpressions } from './regex.ts'
import { semanticVersions } from './semver.ts'
import { sets } from './sets.ts'
import { strings } from './strings.ts'
import { times } from './times.ts'
import { urls } from './url.ts'

export type FunctionTable = ReadonlyMap<string, readonly Overload[]>

export const functions: FunctionTable = Map.groupBy(
  [
    ...operators,
    ...conversions,
    ...times,
    ...strings,
    ...regularExpressions,
    ...lists,
    ...sets,
    ...optionals,
    ...urls,
    ...addresses,
    ...quantities,
    ...semanticVersions,
    ...namedFormats,
    ...authorizers,
    ...jsonPatch,
  ],
  ({ name }) => name,
)
