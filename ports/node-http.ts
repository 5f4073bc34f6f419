/**
 * Node's HTTP/1 client and server without an import of `node:http`: an import evaluates all that the module exports,
 * and with that the whole of Node's `fetch` and `WebSocket`, which cost every process 10 MB and tens of milliseconds.
 * Types may be imported, they cost nothing.
 */

export const { Agent, createServer, get, request } = process.getBuiltinModule('node:http')
