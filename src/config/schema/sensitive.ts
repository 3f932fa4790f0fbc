import { z } from 'zod';
import { maskNames } from '../../core/mask.ts';
import { detectorNames } from '../../core/target.ts';
import { text, texts } from './words.ts';

/** The mask `null` may be written without quotes, which YAML reads as no value at all. */
const mask = z.enum(maskNames).nullable();

const labelled = z
  .strictObject({
    mask: z.enum(['token', 'hash']),
    label: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be small letters, digits and _')
      .describe('What the values are: the same ones have the same tokens wherever the label stands.'),
  })
  .describe('HTTP: a mask whose tokens are the same in several places.');

export const sensitive = z
  .record(
    text,
    z.record(
      text,
      z.union([mask, labelled], { error: `must be ${maskNames.join(', ')}, or for HTTP { mask, label }` }),
    ),
  )
  .describe(
    'Per target: what must not leave in clear (schema.table.column, for HTTP a route and a JSON pointer, for MCP a tool and one) and its mask.',
  );

export const patterns = z
  .record(text, text.describe('A regular expression as RE2 takes them: no look-around, no back references.'))
  .describe('Detectors of your own, by name, for find in detect.');

export const detection = z.strictObject({
  find: z
    .array(z.union([z.enum(detectorNames), text], { error: 'must be the name of a detector' }))
    .min(1)
    .describe('Detectors, or names of patterns.'),
  mask,
  targets: texts.default(['*']).describe('Names of targets; * stands for any characters.'),
});
