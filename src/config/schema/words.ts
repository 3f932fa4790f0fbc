import { z } from 'zod';
import { durationMsMax, durationPattern, parseDuration } from '../duration.ts';

export const text = z.string().min(1);
export const texts = z.array(text).min(1);

export const durationWords = 'a duration such as 500ms, 30s, 10m, 1h or 7d';
export const duration = z
  .string(durationWords)
  .regex(durationPattern, `must be ${durationWords}`)
  .refine((value) => (parseDuration(value) ?? 0) <= durationMsMax, 'must be under 25 days');

export const port = z.int().min(0).max(65_535);
