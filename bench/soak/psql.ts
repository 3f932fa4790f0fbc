import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { Left } from './acts.ts';
import type { Group } from './acts.ts';
import type { Chance } from './chance.ts';
import type { Address } from './clients.ts';
import type { Ledger } from './ledger.ts';
import { copyLines, customers } from './shop.ts';

/** One run of psql: a script of some statements, whose output is looked at line by line. */
export async function runPsql(
  place: Address,
  it: { name: string; group: Group; chance: Chance; ledger: Ledger },
): Promise<void> {
  const { name, group, chance, ledger } = it;
  const script: string[] = [];
  const due: string[] = [];
  const questions: string[] = [];
  const marks: string[] = [];
  for (let count = chance.from(1, 6); count > 0; count--) {
    const id = ledger.id('q', name);
    const customer = chance.from(1, customers);
    script.push(`SELECT '${id}', id, name, email, ssn FROM public.customers WHERE id = ${customer};`);
    due.push(`${id}|${customer}|Person ${customer}|p***@***.example|[redacted]`);
    questions.push(id);
  }
  const copied = ledger.id('q', name);
  script.push(`\\copy (SELECT '${copied}', id, email FROM public.customers WHERE id <= 3) TO STDOUT`);
  due.push(...[1, 2, 3].map((id) => `${copied}\t${id}\tp***@***.example`));
  questions.push(copied);
  if (group === 'loaders') {
    const [written, loaded] = [ledger.id('a', name), ledger.id('c', name)];
    script.push(`INSERT INTO public.soak_marks (id) VALUES ('${written}');`);
    script.push(`COPY public.soak_lines (copy, line) FROM STDIN /* ${loaded} */;`);
    script.push(...Array.from({ length: copyLines }, (_, line) => `${loaded}\t${line}`), '\\.');
    marks.push(written, loaded);
  }
  const killAfterMs = chance.maybe(0.2) ? chance.from(0, 150) : undefined;
  const { code, out, err } = await psql(place, `${script.join('\n')}\n`, killAfterMs);
  if (code === 'killed') throw new Left();
  if (code !== 0) throw Object.assign(new Error(`psql ended with ${code}: ${err}`));
  if (out.trim() !== due.join('\n'))
    ledger.complain(`psql was told ${out.slice(0, 300)} where ${due.join('\n').slice(0, 300)} was due`);
  for (const id of questions) ledger.answered.add(id);
  for (const id of marks) ledger.acknowledged.add(id);
  ledger.count('scripts of psql');
}

interface Ended {
  readonly code: number | 'killed';
  readonly out: string;
  readonly err: string;
}

async function psql(
  { port, user, database, password, application }: Address,
  script: string,
  killAfterMs?: number,
): Promise<Ended> {
  const address = `host=127.0.0.1 port=${port} user=${user} dbname=${database} sslmode=disable`;
  const child = spawn('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', address], {
    env: { ...process.env, PGPASSWORD: password, PGAPPNAME: application },
    stdio: 'pipe',
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  // It may end before it has read all.
  child.stdin.on('error', () => undefined).end(script);
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code: code ?? 'killed', out, err };
}
