import { list, saveSection, table } from './report.ts';
import type { Row } from './rows.ts';

/** Writes the section of memory in bench/RESULTS.md. */
export function save(rows: readonly Row[], facts: readonly string[]): void {
  const body = `
Written by \`npm run bench:memory\`.

${table(rows)}

${list(facts)}

### How it was measured

- Memory is the resident set of the gateway's process, from \`/proc\`: code of Node, heaps of both its threads, buffers. The program is the one that npm installs, built; TypeScript as it stands takes some 40 MB more.
- Every stream has a process of its own, four seconds old, which has answered one statement before. The client counts bytes and lets them go.
- \`email\` is masked by \`email\`; where detectors look, all eight do, into all text.
- What passes is not what fills the memory: the program itself takes most of it, and what an answer adds comes from how V8 collects, not from the answer's size.
- Sessions of the second kind talk to a server that lets everybody in and answers nothing: so many real ones would need as many processes of PostgreSQL's. A session takes two open files of the gateway, so how many there can be hangs on \`ulimit -Hn\`.
`;
  saveSection('Memory', body);
}
