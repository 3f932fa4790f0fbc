import { list, saveSection, table } from './report.ts';
import type { Row } from './rows.ts';

/** Writes the section of PostgreSQL in bench/RESULTS.md. */
export function save(
  rows: readonly Row[],
  facts: readonly string[],
  how: { readonly rounds: number; readonly seconds: number },
): void {
  const body = `
Written by \`npm run bench:postgres\`.

${table(rows)}

${list(facts)}

### How it was measured

- Medians of ${how.rounds} rounds. In every round PostgreSQL itself, PgBouncer and Sallyport take their turns, ${how.seconds} s each for pgbench, so that a machine that is busy with other things is busy for all. Ratios are formed within a round. Sallyport runs for some seconds before the first, for V8 to compile what is used much.
- Plain connections on loopback for all of them; the server's \`fsync\` is off, its buffers hold all of the data.
- Sallyport decides by three rules, records every command and its result (durability \`write\`, first rows included), and masks the selected column \`abalance\`. PgBouncer pools sessions and does none of it.
- CPU time is that of the whole process between client and server, threads and kernel included; with workers that of all processes.
- With \`--workers\` a process more takes part than there are workers, which joins what they record to the journal. Where clients and server fill the cores already, as here, several processes can bring nothing: the line shows what they cost.
- The million rows have five columns, of which \`email\` is masked by \`email\`. The client that counts bytes does nothing else, so that it hides nothing; psql is what a person would use.
- A session is open from \`connect\` to the first ReadyForQuery; between two of them the client waits until the other side has closed. Dropping the role of the one before goes on meanwhile.
`;
  saveSection('PostgreSQL', body);
}
