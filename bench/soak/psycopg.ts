import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import { python } from '../../test/clients/python.ts';
import type { Group } from './acts.ts';
import { Chance } from './chance.ts';
import type { Address, Roamer, Run } from './clients.ts';
import type { Ledger } from './ledger.ts';

/** What psycopg_visits.py says, a line each. */
type Said =
  | { readonly kind: 'visit' | 'done' }
  | { readonly kind: 'answered' | 'acknowledged'; readonly id: string }
  | { readonly kind: 'count' | 'wrong'; readonly what: string }
  | { readonly kind: 'failed'; readonly sqlstate: string | null; readonly text: string };

/** psycopg 3, in one Python for all of its visits. */
export function psycopgVisits({ seed, untilMs, ledger }: Run, group: Group): Roamer {
  const name = `psycopg${group}`;
  const chance = new Chance(seed, name);
  let program: Program | undefined;
  return {
    name,
    group,
    chance,
    async visit(place) {
      program ??= new Program(place, [group, place.password, String(seed), String(untilMs)]);
      await program.visit(ledger);
    },
    close: () => program?.end(),
  };
}

class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor({ port }: Address, [group, token, seed, untilMs]: readonly [string, string, string, string]) {
    const untilSeconds = (performance.timeOrigin + Number(untilMs)) / 1000;
    const args = [join(import.meta.dirname, 'psycopg_visits.py'), port, group, token, seed, untilSeconds].map(
      String,
    );
    this.#child = spawn(python.program, ['-B', ...args], { stdio: 'pipe' });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** From the line that announces it to the one that says how it ended. @throws Error with its SQLSTATE */
  async visit(ledger: Ledger): Promise<void> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) return this.#ended();
      const said = JSON.parse(value) as Said;
      switch (said.kind) {
        case 'visit':
          this.#child.stdin.write('\n');
          break;
        case 'done':
          return;
        case 'failed':
          throw Object.assign(new Error(said.text), said.sqlstate === null ? {} : { code: said.sqlstate });
        case 'answered':
          ledger.answered.add(said.id);
          ledger.count('questions answered');
          break;
        case 'acknowledged':
          ledger.acknowledged.add(said.id);
          break;
        case 'count':
          ledger.count(said.what);
          break;
        case 'wrong':
          ledger.complain(`psycopg: ${said.what}`);
      }
    }
  }

  end(): void {
    this.#child.stdin.end();
  }

  /** In order once the time is over, and not before. */
  async #ended(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    if (this.#child.exitCode !== 0) throw new Error(`psycopg_visits.py ended: ${this.#errors.slice(-500)}`);
  }
}
