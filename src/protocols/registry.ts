import type { Protocol } from './protocol.ts';

/**
 * Every protocol by its key under `listen`: a new one is a folder, a line here, a page in docs/protocols. Each is loaded
 * when it is listened for: what HTTP needs takes 20 MB of memory and a third of the start.
 */
export const protocols = {
  postgres: async () => (await import('./postgres/listener.ts')).postgres,
  targets: async () => (await import('./targets.ts')).targets,
  proxy: async () => (await import('./http/proxy.ts')).proxy,
} as const satisfies Readonly<Record<string, () => Promise<Protocol>>>;
