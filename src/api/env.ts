import type { HttpBindings } from '@hono/node-server';

/** What Hono is told of the connection. */
export interface ApiEnv {
  /** Absent where a test calls `fetch` itself. */
  readonly Bindings: Partial<HttpBindings>;
}
