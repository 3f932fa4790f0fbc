import type { Steps } from './engine.ts';
import { median, quantile } from './figures.ts';
import { masksOf } from './large-answers.ts';
import { list, saveSection, table } from './report.ts';
import type { Row } from './rows.ts';

/** What understanding statements of a size took, by rounds. */
export interface SizedSteps {
  readonly bytes: number;
  readonly rounds: readonly (readonly Steps[])[];
}

/** A table in Markdown: medians of the rounds' medians. */
export function stepsTable(sizes: readonly SizedSteps[]): string {
  const head = ['Bytes', 'Parse', 'Sharing', 'Facts', 'Effects', 'Lineage', 'All, p50', 'All, p99', 'Form'];
  const lines = sizes.map(({ bytes, rounds }) => {
    const of = (step: keyof Steps): string =>
      median(rounds.map((round) => median(round.map((steps) => steps[step])))).toFixed(0);
    const p99 = quantile(
      rounds.flat().map(({ all }) => all),
      0.99,
    ).toFixed(0);
    const steps = (['parse', 'sharing', 'facts', 'effects', 'lineage', 'all'] as const).map(of);
    return [String(bytes), ...steps, p99, of('form')];
  });
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Writes the section of masking in bench/RESULTS.md. */
export function save(
  found: {
    readonly latency: readonly Row[];
    readonly steps: readonly SizedSteps[];
    readonly answers: readonly Row[];
  },
  facts: readonly string[],
  how: { readonly rounds: number; readonly times: number },
): void {
  const body = `
Written by \`npm run bench:masking\`. What it costs that nobody sees what is hidden from them.

### Statements

${table(found.latency)}

Understanding one statement that was never seen, in the gateway's process alone, in microseconds:

${stepsTable(found.steps)}

### Large answers

${table(found.answers)}

### On which machine, and how

${list(facts)}
- Medians of ${how.rounds} rounds. In every round the server itself and Sallyport take their turns, so that a machine that is busy with other things is busy for both; ratios are formed within a round. p99 is that of all rounds together. Sallyport runs for some seconds before the first, for V8 to compile what is used much.
- Plain connections on loopback, one client, one statement after the other; the server's \`fsync\` is off, its buffers hold all of the data. Sallyport decides by three rules and records every command and its result (durability \`write\`, first rows included). No detectors.
- Statements: 10 shapes that name no hidden column and 10 that do (\`bench/statements.ts\`: plain, joins, CTEs, aggregates, windows, set operations, a view), on tables of a few rows, each sent ${how.times} times a round. A text that was never seen has other blanks at its end, one that differs in a number has another number in it. Parse to Sync is Parse, Bind, Describe, Execute and Sync in one piece.
- Understanding a statement: \`bench/sized-statements.ts\`, all of which show hidden columns; 600 bytes are two queries of a WITH with join and window, 5,000 bytes eight of these. Sharing is to find out whether all texts that differ in literals alone may be answered by this one; Form is what such a text takes then, in place of all the rest. Facts are what the text says by itself, effects what that is on the catalog. In the gateway parse and lineage are done in a thread, whose answers must be copied: that is in the figures of statements, and not here.
- Large answers: every value differs from the others, so that nothing is won by remembering. One column: ${masksOf.one}. Three: ${masksOf.three}. Ten: ${masksOf.ten}; \`salary\` is a number and \`device\` a UUID. The ratio depends on how wide rows are beside what is masked. The client counts bytes and does nothing else, so that it hides nothing. CPU time is that of the gateway's process, threads and kernel included.
`;
  saveSection('Masking', body);
}
