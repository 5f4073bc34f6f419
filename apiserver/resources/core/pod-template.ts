/** PodTemplate: a template of pods that stands by itself, for others to use. */

import type { PodTemplate } from '../../../api/types.ts'
import { containerColumns, formatLabels, nameColumn } from '../common-columns.ts'
import { defineResource } from '../resource.ts'
import { defaultPodSpec } from './pod/pod-template-defaults.ts'
import { validatePodTemplate } from './pod/pod-template-validation.ts'
import { templateWarnings } from './pod/pod-warnings.ts'

export const podTemplates = defineResource<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PodTemplate',
  strategy: {
    returnsDeleted: true,
    default({ template }) {
      if (template?.spec) defaultPodSpec(template.spec)
    },
    validate: ({ template }) => [...validatePodTemplate(template, 'template')],
    warnings: ({ template }) => (template ? templateWarnings(template, 'template') : []),
  },
  subresources: [],
  columns: [
    nameColumn,
    ...containerColumns<PodTemplate>(({ template }) => template, 0),
    {
      name: 'Pod Labels',
      type: 'string',
      description: 'The labels of the pods that it makes.',
      cell: ({ template }) => formatLabels(template?.metadata?.labels),
    },
  ],
})
