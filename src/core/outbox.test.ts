import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, sessionOf } from '../../test/fixtures/commands.ts';
import { permitFor } from '../../test/fixtures/permits.ts';
import { SallyportError } from './errors.ts';
import type { Event } from './event.ts';
import type { Permit } from './govern.ts';
import { Outbox } from './outbox.ts';
import type { Journal } from './ports.ts';
import type { Session } from './session.ts';

/** A journal and an upstream that write down in one list what each of them gets. */
class Stage implements Journal {
  readonly happened: string[] = [];
  losses = 0;
  full = false;
  /** As with fsync: `commit` ends when this does. */
  disk: Promise<void> | undefined;
  readonly outbox = new Outbox(this, { write: (bytes) => this.happened.push(`> ${String(bytes)}`) });

  append({ type }: Event): void {
    this.happened.push(type);
  }

  note({ type }: Event): void {
    this.happened.push(type);
  }

  commit(): void | Promise<void> {
    this.happened.push('commit');
    if (this.full) {
      this.losses += 1;
      throw new SallyportError('journal_unavailable', 'disk full');
    }
    return this.disk;
  }

  send(text: string, session: Session = sessionOf()): Permit {
    const permit = this.permit(session);
    const bytes = Buffer.from(text);
    this.outbox.send(permit, bytes, 0, bytes.length);
    return permit;
  }

  permit(session: Session): Permit {
    return permitFor(commandOf('SELECT 1'), {}, session, this);
  }
}

test('nothing leaves before it is on record, and then in the order in which it came', () => {
  const stage = new Stage();
  stage.send('one ');
  stage.outbox.pass(Buffer.from('sync '));
  stage.send('two ');
  assert.deepEqual(stage.happened, ['command', 'command']);
  assert.equal(stage.outbox.flush(), undefined);
  assert.deepEqual(stage.happened, ['command', 'command', 'commit', '> one sync two ']);
});

test('parts of one chunk leave as that chunk, parts left out excepted', () => {
  const stage = new Stage();
  const chunk = Buffer.from('keep-drop-keep');
  stage.outbox.pass(chunk, 0, 5);
  stage.outbox.pass(chunk, 10);
  stage.outbox.flush();
  assert.deepEqual(stage.happened, ['commit', '> keep-keep']);
});

test('what is recorded but sends nothing is committed all the same', () => {
  const stage = new Stage();
  stage.outbox.flush();
  assert.deepEqual(stage.happened, ['commit']);
});

test('what could not be recorded is gone for good', () => {
  const stage = new Stage();
  stage.send('one');
  stage.full = true;
  assert.throws(() => stage.outbox.flush(), { code: 'journal_unavailable' });
  stage.full = false;
  stage.outbox.flush();
  stage.send('two');
  stage.outbox.flush();
  assert.deepEqual(
    stage.happened.filter((what) => what.startsWith('>')),
    ['> two'],
  );
});

test('a command whose event was lost with another session’s failed write does not go on', () => {
  const stage = new Stage();
  stage.send('one');
  stage.losses += 1;
  stage.send('two');
  assert.throws(() => stage.outbox.flush(), { code: 'journal_unavailable', hint: /send it again/ });
  assert.deepEqual(stage.happened, ['command', 'command', 'commit']);
  stage.send('three');
  stage.outbox.flush();
  assert.equal(stage.happened.at(-1), '> three');
});

test('messages that run nothing do not mind what was lost', () => {
  const stage = new Stage();
  stage.outbox.pass(Buffer.from('copy data'));
  stage.losses += 1;
  stage.outbox.flush();
  assert.equal(stage.happened.at(-1), '> copy data');
});

test('with fsync nothing leaves before the disk has it', async () => {
  const stage = new Stage();
  const disk = Promise.withResolvers<void>();
  stage.disk = disk.promise;
  stage.send('one');
  const flushed = stage.outbox.flush();
  assert.ok(flushed instanceof Promise);
  assert.deepEqual(stage.happened, ['command', 'commit']);
  disk.resolve();
  await flushed;
  assert.equal(stage.happened.at(-1), '> one');
});

test('with fsync nothing leaves where the disk fails, or lost it meanwhile', async () => {
  const failing = new Stage();
  failing.disk = Promise.reject(new SallyportError('journal_unavailable', 'no disk'));
  failing.send('one');
  await assert.rejects(async () => failing.outbox.flush(), { message: 'no disk' });
  const losing = new Stage();
  const disk = Promise.withResolvers<void>();
  losing.disk = disk.promise;
  losing.send('one');
  const flushed = losing.outbox.flush();
  losing.losses += 1;
  disk.resolve();
  await assert.rejects(async () => flushed, { code: 'journal_unavailable' });
  for (const { happened } of [failing, losing]) assert.deepEqual(happened, ['command', 'commit']);
});

test('a permit is used up by sending', () => {
  const stage = new Stage();
  const permit = stage.send('one');
  assert.throws(() => stage.outbox.send(permit, Buffer.from('again'), 0, 5), { code: 'internal' });
  stage.outbox.flush();
  assert.equal(stage.happened.at(-1), '> one');
});

test('a permit sends nothing once its session is over', () => {
  const stage = new Stage();
  const session = sessionOf();
  const permit = stage.permit(session);
  session.end(new SallyportError('revoked', 'killed'));
  assert.throws(() => stage.outbox.send(permit, Buffer.from('one'), 0, 3), { code: 'revoked' });
  stage.outbox.flush();
  assert.deepEqual(stage.happened, ['command', 'commit']);
});

test('text that the upstream rejects needs no record', () => {
  const stage = new Stage();
  stage.outbox.writeRejected(Buffer.from('refused'));
  assert.deepEqual(stage.happened, ['> refused']);
});
