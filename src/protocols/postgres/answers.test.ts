import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandOf, sessionOf } from '../../../test/fixtures/commands.ts';
import { PaperJournal } from '../../../test/fixtures/holds-stage.ts';
import { permitFor } from '../../../test/fixtures/permits.ts';
import {
  encodeCommandComplete,
  encodeReadyForQuery,
  type TransactionStatus,
} from '../../wire/postgres/backend.ts';
import type { Spools } from '../../transport/spool.ts';
import { Answers } from './answers.ts';
import type { Gate } from './gate.ts';
import { Names } from './names.ts';
import { PendingQueue } from './pending.ts';
import type { Portal } from './portals.ts';
import { Running } from './running.ts';
import type { Shapes } from './shapes.ts';

/** One session's answers, of which only those about the schema matter here. */
class Stage {
  changes = 0;
  readonly pending = new PendingQueue();
  readonly #answers: Answers;

  constructor() {
    const portals = new Names<Portal>({ countMax: 10, bytesMax: 1000 });
    this.#answers = new Answers({
      session: sessionOf(),
      gate: { portals, answered: () => undefined, ready: () => undefined } as Partial<Gate> as Gate,
      pending: this.pending,
      journal: new PaperJournal(),
      shapes: {} as Partial<Shapes> as Shapes,
      plan: () => ({ hidden: new Map(), detect: [] }),
      detectors: () => undefined,
      write: () => undefined,
      writeSpool: (spool) => spool.close(),
      spools: {} as Partial<Spools> as Spools,
      cancel: () => undefined,
      parameterChanged: () => undefined,
      failedMidway: () => undefined,
      schemaChanged: () => (this.changes += 1),
    });
  }

  /** A simple query with one effect goes on and is answered. */
  query(kind: 'schema' | 'read' | 'session', status: TransactionStatus): number {
    const before = this.changes;
    const command = commandOf('x', { effects: [{ kind, action: 'x', resource: '' }] });
    const running = new Running({
      permit: permitFor(command),
      command,
      record: { rows: 0, bytes: 0 },
      portal: undefined,
      rows: [],
      policyVersion: 1,
      settle: () => undefined,
    });
    this.pending.push({ kind: 'query', running, refusal: undefined });
    this.#answers.push(Buffer.concat([encodeCommandComplete('X'), encodeReadyForQuery(status)]));
    return this.changes - before;
  }
}

describe('a change of the schema', () => {
  test('is told when it is made, and again when others can see it', () => {
    const stage = new Stage();
    assert.equal(stage.query('session', 'T'), 0);
    assert.equal(stage.query('schema', 'T'), 1);
    assert.equal(stage.query('read', 'T'), 0);
    assert.equal(stage.query('session', 'I'), 1);
    assert.equal(stage.query('read', 'I'), 0);
  });

  test('counts after a transaction that failed, too: nobody knows how far it came', () => {
    const stage = new Stage();
    stage.query('schema', 'T');
    assert.equal(stage.query('read', 'E'), 0);
    assert.equal(stage.query('session', 'I'), 1);
  });

  test('by itself is told before its client hears of it, and once it is committed', () => {
    assert.equal(new Stage().query('schema', 'I'), 2);
  });
});
