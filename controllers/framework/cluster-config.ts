/** Where a cluster is and who we are there, wherever that was found out. */

/** All that is needed to speak to one API server. */
export interface ClusterConfig {
  /** `https://127.0.0.1:6443`, perhaps with a path. */
  server: string
  /** PEM. The system's authorities without it. */
  ca?: string
  /** PEM: the client certificate and its key. */
  certificate?: string
  key?: string
  /** Asked once a connection, so that they may be renewed; instead of `certificate` and `key` when it answers some. */
  clientCertificate?: () => Promise<{ certificate?: string; key?: string }>
  /** Asked once a request, so that tokens may be renewed; `renew`: the last one was refused. Empty: none. */
  token?: (renew?: boolean) => Promise<string>
  /** `user:password`. */
  basic?: string
  insecureSkipTlsVerify?: boolean
  /** The name the server's certificate must bear, where that is not the host of `server`. */
  tlsServerName?: string
  /** As whom to act; the user needs the verb `impersonate` for it. */
  impersonate?: Impersonation
  /** What the context says; nothing in the framework defaults to it. */
  namespace?: string
}

/** Another user, with all that the server is told of them. */
export interface Impersonation {
  user: string
  groups?: readonly string[]
  uid?: string
  extra?: Readonly<Record<string, readonly string[]>>
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What is missing in what was to say where the cluster is. */
export class KubeconfigError extends Error {
  override name = 'KubeconfigError'
}
