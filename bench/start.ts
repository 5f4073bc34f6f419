import type { Benchmark } from './figure.ts'
export const start: Benchmark = { name: 'start', target: '', run: async () => [] }
