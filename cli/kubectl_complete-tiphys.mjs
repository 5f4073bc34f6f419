#!/usr/bin/env node
/** What kubectl runs to complete `kubectl tiphys ...`: the words so far are its arguments, candidates its output. */

process.argv.splice(2, 0, '__complete')
await import('./tiphys.mjs')
