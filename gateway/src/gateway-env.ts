import type { Action } from '@bitewing/db'
import type { Credential } from './credentials/credential.ts'

/** What travels with a request through Hono. */
export type GatewayEnv = {
  Variables: {
    /** random; in every error body and log line */
    requestId: string
    /** the client's IP address */
    address: string
    /** set by `authenticate`; null when the request brought none */
    credential: Credential | null
    /** what the route's gate asked for; not there before it */
    action?: Action
    /** set by the gate when it opens */
    access?: Access
  }
}

/** Behind `allow(action)`: somebody, in a practice, who may do this. */
export type AllowedEnv = { Variables: GatewayEnv['Variables'] & { access: Access } }

/** An authorised actor in one practice. The only thing from which feature code takes a tenant id. */
export type Access = Credential & { tenantId: string }
