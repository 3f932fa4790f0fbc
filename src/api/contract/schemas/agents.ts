import { z } from 'zod';
import { identity, name, time } from '../schemas.ts';

const uses = z
  .array(z.object({ name: z.string(), commands: z.int(), refusals: z.int(), lastUsedAt: time }))
  .readonly();

/** What has been seen of an identity, acting for itself or for others. */
export const agent = z.object({
  subject: name,
  issuer: z.string(),
  kind: z.enum(['agent', 'human']),
  groups: z.array(z.string()).readonly(),
  firstSeenAt: time,
  lastSeenAt: time,
  sessions: z.int(),
  /** Open now. */
  liveSessions: z.int(),
  liveTickets: z.int(),
  /** That went upstream. */
  commands: z.int(),
  refusals: z.int(),
  targets: uses,
  /** Rules that took part. */
  rules: uses,
  /** Since when it is shut out, by whom and why; null: it is not. */
  disabled: z
    .object({
      at: time,
      by: identity,
      because: z.string().nullable(),
      /** As it was named then; null: whichever issuer. */
      issuer: z.string().nullable(),
    })
    .nullable(),
});
export type AgentBody = z.infer<typeof agent>;

export const agentQuery = z.strictObject({
  kind: z.enum(['agent', 'human', 'all']).default('agent'),
  subject: name.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
