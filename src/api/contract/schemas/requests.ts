import { z } from 'zod';
import { approvers, because, decisions, identity, name, page, time } from '../schemas.ts';

export const requestState = z.enum(['pending', 'granted', 'denied', 'withdrawn', 'expired', 'ended']);
export type RequestStateName = z.infer<typeof requestState>;

const lets = z.array(z.string()).readonly();

/** Asking for a dormant rule to wake; `granted`: it is awake, until `until`. */
export const request = z.object({
  id: z.string(),
  identity,
  target: z.string(),
  rule: z.string(),
  /** What the rule would let, in words. */
  lets,
  because: z.string(),
  /** What could deceive whoever reads the reason, in sentences. */
  warnings: z.array(z.string()).readonly(),
  forMs: z.int(),
  approvers: z.array(approvers).readonly(),
  /** Whoever asked woke it alone. */
  self: z.boolean(),
  decisions,
  state: requestState,
  createdAt: time,
  /** Until when it can be decided. */
  pendingUntil: time,
  startedAt: time.nullable(),
  until: time.nullable(),
  endedBy: identity.nullable(),
  url: z.string(),
});
export type RequestBody = z.infer<typeof request>;

/** A dormant rule that I may ask for. */
const requestable = z.object({
  target: z.string(),
  rule: z.string(),
  lets,
  /** How long at the longest. */
  forMs: z.int(),
  self: z.boolean(),
});
export type RequestableBody = z.infer<typeof requestable>;

export const requests = z.object({
  requests: z.array(request).readonly(),
  requestable: z.array(requestable).readonly(),
});

export const ask = z.strictObject({
  target: name,
  rule: name,
  /** Absent: as long as the rule lets. */
  forMs: z.int().positive().optional(),
  because,
});

export const requestQuery = z.strictObject({ state: requestState.optional(), ...page });
