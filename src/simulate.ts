import type { SimulationQuestion } from './api/parts.ts';
import type { Simulated } from './api/contract/schemas/policy.ts';
import type { ReadingBeside } from './config/beside.ts';
import { parseConfig, textOf, typesReader } from './config/load.ts';
import type { Rule } from './core/rule.ts';
import { readEvents } from './journal/read.ts';
import { background } from './policy/simulate/past-record.ts';
import { Simulator } from './policy/simulate/simulator.ts';

export interface Simulating extends SimulationQuestion {
  /** The journal's folder. */
  readonly dir: string;
  /** What the configuration is called where it is wrong, with its whole path. */
  readonly file: string;
  /** The files beside it that it may name: others would tell of themselves by whether they can be read. Absent: any. */
  readonly mayRead?: readonly string[];
}

/** What a configuration would have made of a journal. Reads both, resolves no secret and writes nothing. */
export async function simulate(question: Simulating): Promise<Simulated> {
  const config = parseConfig(question.text, question.file, {
    readTypes: await typesReader(question.text),
    ...readingOf(question),
  });
  if (Array.isArray(config)) return { problems: config, warnings: [] };
  const { rules, targets, warnings } = config;
  const { dir, since, until, identity, target, limit } = question;
  const simulator = new Simulator({ rules, targets, identity, target });
  if (since !== undefined) {
    for await (const event of readEvents(dir, { types: background })) {
      if (event.time >= since) break;
      simulator.prepare(event);
    }
    simulator.begin();
  }
  const types = [...background, 'command', 'command.refused', ...resultsIf(rules)] as const;
  for await (const event of readEvents(dir, {
    types,
    ...(since === undefined ? {} : { sinceTime: since }),
  })) {
    if (until !== undefined && event.time > until) break;
    simulator.take(event);
  }
  return { problems: [], warnings, simulation: simulator.result(limit) };
}

function readingOf({ mayRead }: Simulating): Partial<ReadingBeside> {
  if (mayRead === undefined) return {};
  return {
    read: (path) => (mayRead.includes(path) ? textOf(path) : undefined),
    unreadable: 'name one that is in force already, or run "sallyport simulate" beside the data folder',
  };
}

/** Results are most of a journal, and tell how many rows there were: only where a rule asks for that. */
function resultsIf(rules: readonly Rule[]): readonly 'result'[] {
  const asks = ({ when, limits }: Rule): boolean =>
    limits.rows !== undefined || when?.includes('rows') === true;
  return rules.some(asks) ? ['result'] : [];
}
