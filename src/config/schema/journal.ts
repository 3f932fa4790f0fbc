import { z } from 'zod';
import { durationPattern } from '../duration.ts';
import { durationWords } from './words.ts';

export const journal = z
  .strictObject({
    durability: z
      .enum(['write', 'fsync'])
      .default('write')
      .describe('write: the record survives a kill of the process; fsync: a loss of power.'),
    record: z
      .strictObject({
        rows: z.int().min(0).max(10_000).default(20).describe('First rows of each result.'),
        bytes: z.int().min(0).max(16_777_216).default(65_536).describe('And no more than these bytes.'),
      })
      .prefault({})
      .describe('How much of each result is recorded, as the client saw it.'),
    keep: z
      .string(durationWords)
      .regex(durationPattern, `must be ${durationWords}`)
      .exactOptional()
      .describe('Older files of the journal are dropped, on record. Absent: all is kept.'),
  })
  .describe('The append-only record.');
