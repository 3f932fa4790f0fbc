import { z } from 'zod';
import { identity } from '../schemas.ts';

/** A live ticket: what it is for, never its secret. */
export const ticket = z.object({
  id: z.string(),
  /** Whom it is for, with who acts for them and what it is for. */
  identity,
  /** What it is narrowed to; absent: nothing is left out. */
  targets: z.array(z.string()).readonly().optional(),
  rules: z.array(z.string()).readonly().optional(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type TicketBody = z.infer<typeof ticket>;

export const ticketQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
