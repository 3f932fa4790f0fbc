import { z } from 'zod';

const time = z.iso.datetime();

const found = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('intact'),
    files: z.int(),
    blocks: z.int(),
    events: z.int(),
    /** Signed ends of it. */
    checkpoints: z.int(),
    /** Blocks behind the newest of them: chained, but not signed yet. */
    unsigned: z.int(),
    /** Writes that a crash cut off, each accounted for. */
    recovered: z.int(),
    /** Time of the newest event. */
    until: z.string(),
    /** Files that are gone by `journal.keep`: the newest of them, and the `seq` up to which events are gone. */
    dropped: z.object({ file: z.string(), events: z.int(), until: z.string() }).nullable(),
  }),
  z.object({
    outcome: z.literal('broken'),
    file: z.string(),
    /** The first that cannot be trusted. */
    block: z.int(),
    /** First and last line of it, from 1; 0 and 0 where the file itself is missing. */
    lines: z.tuple([z.int(), z.int()]).readonly(),
    reason: z.string(),
  }),
  /** It could not be read to its end: that proves nothing. */
  z.object({ outcome: z.literal('failed'), reason: z.string() }),
]);

/** What is known of the journal's chain. */
export const verification = z.object({
  /** Since when it is read; null: it is not, just now. */
  runningSince: time.nullable(),
  /** Null: not since the gateway has started. */
  last: z.object({ at: time, tookMs: z.int(), found }).nullable(),
});
export type VerificationBody = z.infer<typeof verification>;
export type Found = z.infer<typeof found>;
