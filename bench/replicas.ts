import type { Benchmark } from './figure.ts'
export const replicas: Benchmark = { name: 'replicas', target: '', run: async () => [] }
