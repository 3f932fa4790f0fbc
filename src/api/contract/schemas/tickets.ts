import { z } from 'zod';
import { identity, name, time } from '../schemas.ts';

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

/** What a ticket is to be; whatever else is absent is as the login has it, and an hour long. */
export const ticketAsk = z.strictObject({
  targets: z.array(name).min(1).max(100),
  rules: z.array(name).min(1).max(100).optional(),
  lifetimeMs: z.int().positive().optional(),
  purpose: z.string().max(500).optional(),
  task: z.string().max(500).optional(),
});

export const issued = z.object({
  id: z.string(),
  /** The ticket itself; it is told this once. */
  ticket: z.string(),
  expiresAt: time,
});

export const ticketQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
