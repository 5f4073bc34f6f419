/** What an API server is made of, and what may be said of it; whatever is not said is as in any cluster. */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { AdmissionPlugin } from '../admission/admission.ts'
import type { FrontProxy } from '../aggregation/remote-api.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { AccessOptions } from '../auth/access-control.ts'
import type { Authenticator } from '../auth/authentication.ts'
import type { Authorizer } from '../auth/authorization.ts'
import type { Exchange } from '../http/exchange.ts'
import type { SubresourceHandlers } from '../http/subresource-handler.ts'
import type { LogPorts } from '../past/log.ts'
import type { ObjectProxyPorts } from '../proxy/object-proxies.ts'
import type { Actions } from '../registry/actions.ts'
import type { Resource } from '../resources/resource.ts'
import type { Storage } from '../storage/storage.ts'
import type { HubOptions } from '../watch/watch-hub.ts'
import type { LocalWebhooks } from '../webhooks/webhook-client.ts'

export interface ApiServerOptions {
  storage: Storage
  clock: Clock
  random: Random
  /** All built-in kinds unless told. */
  resources?: readonly Resource[]
  /** `10.96.0.0/16` and `30000-32767` unless told. */
  serviceClusterIpRange?: string
  serviceNodePortRange?: string
  /** Where pods reach this server, once it listens; absent: the service `kubernetes` has no endpoints. */
  advertiseAddress?: string
  /** Subresources that stream, by plural and subresource: `pods/log`. */
  handlers?: SubresourceHandlers
  /** Asks a node what containers wrote that are gone; without it nobody knows. */
  askNode?: LogPorts['askNode']
  /** How proxies reach nodes, and which addresses they may reach; not this machine's own unless told. */
  proxy?: Pick<ObjectProxyPorts, 'nodeTls' | 'checkAddress'>
  /** Webhooks that are asked without a connection; none unless told. */
  webhooks?: LocalWebhooks
  /** How this server speaks for users to aggregated ones; without it they get no certificate. */
  frontProxy?: FrontProxy
  /** What answers POSTs that make no object, besides the registry's own. */
  actions?: Actions
  /**
   * Somebody makes every namespace's service account and publishes the root's certificate: pods need the account, and
   * get its token. Not so unless told.
   */
  keptServiceAccounts?: boolean
  /** Admission plugins that run after the server's own. */
  admission?: readonly AdmissionPlugin[]
  /** How users are known and what they may do; tokens and roles as in any cluster unless told. */
  access?: AccessOptions
  /** Instead of what `access` says. */
  authorizer?: Authorizer
  authenticator?: Authenticator
  /** Requests worked on at once; 600 unless told. */
  maxRequestsInFlight?: number
  hub?: Omit<HubOptions, 'clock' | 'report'>
  /** The store holds this server's own objects as it would make them; without it they are looked after at the start. */
  bootstrapped?: boolean
  /** Where what happens is kept; whoever made it closes it, after the server. */
  audit?: AuditLog
  /** Sees every request as it comes, before anything is known of it. */
  observe?(exchange: Exchange): void
  /** Hears of errors that nobody can be told of. */
  report?(error: unknown): void
}
