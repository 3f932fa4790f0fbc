/** Revisions with a handshake and sessions (2025-11-25 and before). */
export const legacyRevisions: readonly string[] = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
/** Revisions in which every request stands alone. */
export const modernRevisions: readonly string[] = ['2026-07-28'];
/** The only one that knows batches. */
export const batchRevision = '2025-03-26';

/** Keys of `_meta` (2026-07-28, General fields). */
export const metaKeys = {
  version: 'io.modelcontextprotocol/protocolVersion',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscription: 'io.modelcontextprotocol/subscriptionId',
  tasks: 'io.modelcontextprotocol/tasks',
} as const;

export function isRevision(text: string): boolean {
  return legacyRevisions.includes(text) || modernRevisions.includes(text);
}
