import { z } from 'zod';
import { passthroughPattern } from '../core/passthrough.ts';
import { notify, sinks } from './schema/outside.ts';
import { identity } from './schema/identity.ts';
import { journal } from './schema/journal.ts';
import { listen } from './schema/listen.ts';
import { budget, rule, who } from './schema/rules.ts';
import { detection, patterns, sensitive } from './schema/sensitive.ts';
import { target } from './schema/targets.ts';
import { text } from './schema/words.ts';

/** The whole of sallyport.yaml; see docs/config.md. What no schema can say (names, conditions) is in check.ts. */
export const configSchema = z
  .strictObject({
    listen: listen.prefault({}),
    data: text
      .default('./data')
      .describe('Folder of journal, keys and embedded store, relative to this file.'),
    journal: journal.prefault({}),
    identity: identity.prefault({}),
    targets: z.record(text, target).default({}).describe('What can be reached, by name.'),
    passthrough: z
      .array(
        z.strictObject({
          who: who.describe('Who is let to these hosts.'),
          hosts: z
            .array(z.string().regex(passthroughPattern, 'must be a host, a host and a port, or *.domain'))
            .min(1),
        }),
      )
      .default([])
      .describe(
        'Hosts beside the targets that the proxy tunnels to, untouched: api.acme.dev, *.acme.dev:8443.',
      ),
    sensitive: sensitive.default({}),
    patterns: patterns.default({}),
    detect: z.array(detection).default([]).describe('Detectors over every value that leaves.'),
    notify: notify.default({}),
    sinks: sinks.default({}),
    budgets: z.array(budget).default([]).describe('How much identities may do; beside the rules.'),
    rules: z.array(rule).default([]).describe('Who may do what. Nothing is allowed that no rule allows.'),
  })
  .describe('Configuration of Sallyport');

/** The file as it is written, defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>;
export type RuleEntry = ConfigFile['rules'][number];
export type BudgetEntry = ConfigFile['budgets'][number];
/** A mask, with what the values are or without. */
export type MaskEntry = ConfigFile['sensitive'][string][string];
export type TargetEntry = ConfigFile['targets'][string];

export type WhoEntry = NonNullable<RuleEntry['who']>;
