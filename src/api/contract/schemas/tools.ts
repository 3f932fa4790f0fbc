import { z } from 'zod';
import { identity, name, time } from '../schemas.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');

/** A tool of an MCP server, as last seen and as it was accepted. */
export const tool = z.object({
  name,
  state: z.enum(['accepted', 'new', 'changed']),
  digest,
  /** JSON: all that its server says of it. It may be written to deceive. */
  definition: z.string(),
  seenAt: time,
  /** `by` null: it stood in the first list that was seen. */
  accepted: z.object({ digest, definition: z.string(), at: time, by: identity.nullable() }).nullable(),
});
export type ToolBody = z.infer<typeof tool>;

export const targetParameter = z.strictObject({ target: name });
export const acceptTool = z.strictObject({ name, digest });
