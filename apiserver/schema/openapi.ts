/** The OpenAPI documents of what this server serves, made on first request and kept as bytes. */
import type { Resource } from '../resources/resource.ts'

export interface OpenApiDocument {
  bytes: Buffer
  /** Upper-case hexadecimal, for `?hash=` and ETag. */
  hash: string
}

export class OpenApi {
  constructor(_resources: readonly Resource[]) {}
  /** The body of `/openapi/v3`. */
  index(): Buffer {
    throw new Error('being written')
  }
  /** @param path as in the index: `api/v1`, `apis/apps/v1` */
  document(_path: string): OpenApiDocument | undefined {
    throw new Error('being written')
  }
  /** The body of `/openapi/v2`. */
  v2(): OpenApiDocument {
    throw new Error('being written')
  }
}
