import type { Benchmark } from './figure.ts'
export const pods: Benchmark = { name: 'pods', target: '', run: async () => [] }
