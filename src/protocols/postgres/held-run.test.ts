import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { commandOf, holdOf, sessionOf } from '../../../test/fixtures/commands.ts';
import type { Preview } from '../../core/approvals.ts';
import type { Event } from '../../core/event.ts';
import { Governor } from '../../core/govern.ts';
import { SallyportError } from '../../core/errors.ts';
import { Outbox } from '../../core/outbox.ts';
import type { Holds, Journal, Policy } from '../../core/ports.ts';
import {
  BackendType,
  encodeCommandComplete,
  encodeErrorResponse,
  encodeReadyForQuery,
} from '../../wire/postgres/backend.ts';
import { encodeExecute } from '../../wire/postgres/frontend.ts';
import type { Diversion, Frame } from './diversion.ts';
import { HeldRun } from './held-run.ts';

// What test/e2e/postgres.previews.test.ts cannot bring about with a real server: the moments between two steps.

const command = commandOf('UPDATE t SET a = 1');
const messages = encodeExecute({ portal: '', rowsMax: 0 });

/** One held run, and a server that says what the test lets it say. */
class Stage implements Journal {
  losses = 0;
  full = false;
  readonly happened: string[] = [];
  readonly session = sessionOf();
  readonly replayed: Frame[] = [];
  readonly run: HeldRun;
  preview: Preview | undefined;
  #diversion: Diversion | undefined;

  constructor() {
    const outbox = new Outbox(this, { write: (bytes) => this.#sent(Buffer.from(bytes)) });
    this.run = new HeldRun(
      {
        session: this.session,
        outbox,
        journal: this,
        clock: { now: () => 1000 },
        status: () => 'I',
        divert: (to) => void (this.#diversion = to),
        replay: (frames) => void this.replayed.push(...frames),
        stop: async () => void this.happened.push('stop'),
        sample: async () => ({ columns: [], sample: [] }),
        cleanError: () => 'cleaned',
        reserve: () => () => void this.happened.push('released'),
      },
      { messages, endsItself: false, ready: async () => true },
    );
  }

  /** As govern asks for it; the hold is left open. */
  async begin(keptMs = 60_000): Promise<void> {
    const policy = { decide: () => holdOf({ previewMs: keptMs }) } as Partial<Policy> as Policy;
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const holds = {
      useEarlier: async () => undefined,
      open: async () => ({ id: 'h', url: '', waitMs: 1 }),
      decided: () => new Promise(() => resolve()),
    } as Partial<Holds> as Holds;
    const masking = { plan: () => ({ hidden: new Map(), detect: [] }) };
    const governor = new Governor({ policy: () => policy, masking, holds, journal: this });
    const { signal } = new AbortController();
    void governor.govern(this.session, command, () => ({
      signal,
      held: () => {},
      preview: async (what, ms, recorded) =>
        (this.preview = await this.run.begin(what, ms, recorded, signal)),
    }));
    await opened;
  }

  get isDiverted(): boolean {
    return this.#diversion !== undefined;
  }

  append({ type }: Event): void {
    this.happened.push(type);
  }

  note(event: Event): void {
    this.happened.push(event.type === 'preview.ended' ? `preview ${event.outcome}` : event.type);
  }

  commit(): void {
    if (this.full) throw new SallyportError('journal_unavailable', 'disk full');
  }

  #sent(bytes: Buffer): void {
    const says = bytes.subarray(0, messages.length).equals(messages)
      ? [[BackendType.CommandComplete, encodeCommandComplete('UPDATE 3')] as const]
      : [
          [BackendType.ErrorResponse, encodeErrorResponse({ S: 'ERROR', C: '42601', M: 'no' })] as const,
          [BackendType.ReadyForQuery, encodeReadyForQuery('I')] as const,
        ];
    this.happened.push(says.length === 1 ? 'run' : 'roll back');
    setImmediate(() => {
      for (const [type, frame] of says) this.#diversion?.take(type, frame);
    });
  }
}

const begun = ['command.previewed', 'run', 'hold.opened'];

describe('a held run', () => {
  test('that is kept gives its answer over, once', async () => {
    const stage = new Stage();
    await stage.begin();
    assert.deepEqual([stage.preview?.rows, stage.preview?.keptUntil], [3, 61_000]);
    assert.equal(stage.run.keep(), true);
    await stage.run.undo();
    await stage.run.deliver(false);
    assert.deepEqual(
      stage.replayed.map(({ type }) => type),
      [BackendType.CommandComplete],
    );
    assert.deepEqual([stage.isDiverted, stage.run.keep(), stage.run.wasUndone], [false, false, false]);
    assert.deepEqual(stage.happened, [...begun, 'released', 'preview kept']);
  });

  test('whose approval could not be recorded gives nothing over', async () => {
    const stage = new Stage();
    await stage.begin();
    assert.equal(stage.run.keep(), true);
    await stage.run.deliver(true);
    assert.deepEqual([stage.replayed, stage.isDiverted], [[], false]);
    assert.deepEqual(stage.happened, [...begun, 'released', 'preview undone']);
  });

  test('that is undone while it is being kept no longer is not kept, and is undone once', async () => {
    const stage = new Stage();
    await stage.begin();
    const undone = [stage.run.undo(), stage.run.undo()];
    assert.equal(stage.run.keep(), false);
    await Promise.all(undone);
    assert.equal(stage.run.wasUndone, true);
    assert.deepEqual(stage.happened, [...begun, 'roll back', 'released', 'preview undone']);
  });

  test('is undone though nothing can be recorded any more', async () => {
    const stage = new Stage();
    await stage.begin();
    stage.full = true;
    await stage.run.undo();
    assert.equal(stage.happened.includes('roll back'), true);
  });

  test('ends with its session', async () => {
    const stage = new Stage();
    await stage.begin();
    stage.session.end(new SallyportError('revoked', 'killed'));
    await stage.run.undo();
    assert.deepEqual(stage.happened, [...begun, 'released', 'preview undone']);
  });
});
