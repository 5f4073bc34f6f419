/** How parts of the page come by the model. */

import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Model } from '../model/model.ts'

export const ModelContext = createContext<Model | undefined>(undefined)

export function useModel(): Model {
  const model = useContext(ModelContext)
  if (!model) throw new Error('a part of the page stands outside of it')
  return model
}
