import { z } from 'zod';
import { event } from '../schemas.ts';

const name = z.string().min(1).max(500);
const time = z.iso.datetime({ offset: true });
const seq = z.coerce.number().int().min(0);

/** Every part that is given must be so. */
export const searchQuery = z.strictObject({
  subject: name.optional(),
  issuer: name.optional(),
  target: name.optional(),
  /** The whole name of a rule that took part. */
  rule: name.optional(),
  verdict: z.enum(['allow', 'hold', 'deny']).optional(),
  type: name.optional(),
  session: name.optional(),
  /** Anywhere in the text, in whatever case. */
  text: z.string().min(1).max(1_000).optional(),
  since: time.optional(),
  until: time.optional(),
  /** The `seq` of the last event of the page before. */
  after: seq.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const searched = z.object({
  /** Newest first; a command's result has the same `session` and `command`, and is in the recording. */
  events: z.array(event).readonly(),
  /** Newer events than this one are not in the index yet. */
  indexedTo: z.int(),
});

export const streamQuery = z.strictObject({
  /** The `seq` of the newest event that one has; absent: from the oldest that there is. */
  after: seq.optional(),
  /** `false`: ends where the record ends now. */
  follow: z.enum(['true', 'false']).optional(),
  since: time.optional(),
  until: time.optional(),
});

export const reindexed = z.object({ started: z.literal(true) });
