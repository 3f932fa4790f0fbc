import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Names, type Version } from './names.ts';

const roomy = { countMax: 1e6, bytesMax: 1e9 };

/** What a client sends. `fails`: the server finds a fault of its own in it (a missing table, a wrong type …). */
type Message =
  | { readonly op: 'parse' | 'prepare'; readonly name: string; readonly fails: boolean }
  | { readonly op: 'close' | 'deallocate'; readonly name: string }
  | { readonly op: 'deallocateAll' }
  /** A Bind of the named statement: what it runs is decided on when the client sends it. */
  | { readonly op: 'use'; readonly name: string; readonly fails: boolean }
  | { readonly op: 'sync' };

/** Time goes by: the server looks at so many messages, the gateway at so many answers. */
interface Passing {
  readonly op: 'pass';
  readonly served: number;
  readonly answered: number;
}

type Answer = 'done' | 'failed';

/** A message on its way, with what the gateway does when its answer comes. */
interface Sent {
  readonly message: Message | { readonly op: 'refused' };
  readonly value: number;
  /** For `use`: what the gateway reckoned with. */
  readonly reckoned: readonly number[];
  settle(done: boolean): void;
}

/** PostgreSQL, as far as names of prepared statements go (tcop/postgres.c, commands/prepare.c). */
class Server {
  readonly #named = new Map<string, number>();
  /** After an error in the extended protocol everything up to Sync is ignored. */
  #ignoring = false;

  /** Undefined: ignored, so no answer ever comes. */
  serve(sent: Sent): Answer | undefined {
    const { message } = sent;
    if (message.op === 'sync') {
      this.#ignoring = false;
      return 'done';
    }
    if (this.#ignoring) return undefined;
    const done = this.#does(sent);
    const simple = message.op === 'prepare' || message.op === 'deallocate' || message.op === 'deallocateAll';
    // A simple Query that fails makes the server ignore nothing.
    if (!done && !simple) this.#ignoring = true;
    return done ? 'done' : 'failed';
  }

  #does({ message, value, reckoned }: Sent): boolean {
    switch (message.op) {
      case 'parse':
      case 'prepare':
        if (message.fails || (message.name !== '' && this.#named.has(message.name))) return false;
        this.#named.set(message.name, value);
        return true;
      case 'close':
        this.#named.delete(message.name);
        return true;
      case 'deallocate':
        return this.#named.delete(message.name);
      case 'deallocateAll':
        this.#named.clear();
        return true;
      case 'use': {
        const real = this.#named.get(message.name);
        if (real === undefined) return false;
        assert.ok(reckoned.includes(real), `runs ${real}, decided on ${reckoned.join()}`);
        return !message.fails;
      }
      case 'refused':
        return false;
      case 'sync':
        return true;
    }
  }
}

/** The gateway between them, as Gate and Answers use Names: what it sends is answered much later. */
class Gateway {
  readonly names = new Names<number>(roomy);
  readonly #server = new Server();
  readonly #sent: Sent[] = [];
  readonly #pending: Sent[] = [];
  readonly #answers: Answer[] = [];
  #skipping = false;
  #values = 0;

  send(message: Message): void {
    if (this.#skipping && message.op !== 'sync') return;
    const value = (this.#values += 1);
    const sent = this.#prepare(message, value);
    this.#sent.push(sent);
    this.#pending.push(sent);
  }

  pass({ served, answered }: Omit<Passing, 'op'>): void {
    for (const sent of this.#sent.splice(0, served)) {
      const answer = this.#server.serve(sent);
      if (answer !== undefined) this.#answers.push(answer);
    }
    for (const answer of this.#answers.splice(0, answered)) this.#answered(answer);
  }

  #prepare(message: Message, value: number): Sent {
    const plain = { message, value, reckoned: [], settle: () => {} };
    const given = (version: Version<number>): Sent => ({
      ...plain,
      settle: (done) => (done ? this.names.confirm(version) : this.names.retract(version)),
    });
    const taken = (close: () => void): Sent => ({ ...plain, settle: (done) => done && close() });
    switch (message.op) {
      case 'parse':
        return given(this.names.add(message.name, value, 1));
      case 'prepare':
        return given(this.names.addUncertain(message.name, value, 1));
      case 'close':
      case 'deallocate':
        return taken(this.names.closing(message.name));
      case 'deallocateAll':
        return taken(this.names.closingAll());
      case 'use': {
        const reckoned = this.names.candidates(message.name);
        if (reckoned.length > 0) return { ...plain, reckoned };
        // A name that stands for nothing is refused; the server gets something that it rejects.
        this.#skipping = true;
        return { ...plain, message: { op: 'refused' } };
      }
      case 'sync':
        this.#skipping = false;
        this.names.sync();
        return plain;
    }
  }

  #answered(answer: Answer): void {
    const sent = this.#pending.shift();
    assert.ok(sent);
    sent.settle(answer === 'done');
    const { op } = sent.message;
    if (answer === 'done' || op === 'prepare' || op === 'deallocate' || op === 'deallocateAll') return;
    while (this.#pending.length > 0 && this.#pending[0]?.message.op !== 'sync') {
      this.#pending.shift()?.settle(false);
    }
    if (this.#pending.length === 0) this.#skipping = true;
  }
}

const name = fc.constantFrom('', 'a', 'a', 'b');
const fails = fc.boolean();
const message: fc.Arbitrary<Message | Passing> = fc.oneof(
  fc.record({ op: fc.constantFrom('parse', 'prepare'), name, fails }),
  fc.record({ op: fc.constantFrom('close', 'deallocate'), name }),
  fc.record({ op: fc.constant('deallocateAll') }),
  fc.record({ op: fc.constant('use'), name, fails }),
  fc.record({ op: fc.constant('sync') }),
  fc.record({ op: fc.constant('pass'), served: fc.nat(8), answered: fc.nat(8) }),
);

test('whatever a client pipelines, what runs is among what was decided on', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
      const gateway = new Gateway();
      for (const each of messages) {
        if (each.op === 'pass') gateway.pass(each);
        else gateway.send(each);
      }
      gateway.pass({ served: 1000, answered: 1000 });
    }),
    { numRuns: 3000 },
  );
});

describe('once everything is answered', () => {
  /** Each message answered before the next is sent. */
  function after(...messages: readonly Message[]): Names<number> {
    const gateway = new Gateway();
    for (const each of messages) {
      gateway.send(each);
      gateway.pass({ served: 1, answered: 1 });
    }
    return gateway.names;
  }
  const parse = { op: 'parse', name: 'a', fails: false } as const;
  const sync = { op: 'sync' } as const;

  for (const [what, messages, candidates] of [
    ['a name stands for what it was given', [parse, sync], [1]],
    ['a name that is taken keeps its meaning', [parse, sync, parse, sync], [1]],
    ['the unnamed statement is replaced', [{ ...parse, name: '' }, sync, { ...parse, name: '' }, sync], [3]],
    ['a failed PREPARE leaves nothing', [{ ...parse, op: 'prepare', fails: true }], []],
    ['PREPARE gives a name', [{ ...parse, op: 'prepare' }], [1]],
    ['DEALLOCATE takes it', [parse, sync, { op: 'deallocate', name: 'a' }], []],
    ['DEALLOCATE of another name does not', [parse, sync, { op: 'deallocate', name: 'b' }], [1]],
    ['DEALLOCATE ALL takes all', [parse, sync, { op: 'deallocateAll' }], []],
    ['Close takes it', [parse, sync, { op: 'close', name: 'a' }], []],
  ] as const satisfies readonly (readonly [string, readonly Message[], readonly number[]])[]) {
    test(what, () => {
      const asked = messages[0].name;
      assert.deepEqual(after(...messages).candidates(asked), candidates);
    });
  }
});

test('until it is answered a name may stand for both, but not within the same stretch', () => {
  const names = new Names<string>(roomy);
  names.add('a', 'old', 1);
  names.sync();
  const version = names.add('a', 'new', 1);
  assert.deepEqual(names.candidates('a'), ['new']);
  names.sync();
  assert.deepEqual(names.candidates('a'), ['old', 'new']);
  names.confirm(version);
  assert.deepEqual(names.candidates('a'), ['new']);
});

test('what a name is given while its Close is on its way stays', () => {
  const names = new Names<string>(roomy);
  names.add('a', 'old', 1);
  const [close, closeAll] = [names.closing('a'), names.closingAll()];
  names.add('a', 'new', 1);
  names.sync();
  close();
  assert.deepEqual(names.candidates('a'), ['new']);
  closeAll();
  assert.deepEqual(names.candidates('a'), ['new']);
});

test('a name in doubt stands for nothing, but SQL may still mean what it stood for', () => {
  const names = new Names<string>(roomy);
  names.add('a', 'old', 1);
  names.doubt();
  names.add('b', 'other', 1);
  assert.deepEqual(names.candidates('a'), []);
  names.add('a', 'new', 1);
  assert.deepEqual(names.candidates('a'), ['new']);
  assert.deepEqual(names.ever('a'), ['old', 'new']);
  names.clear();
  assert.deepEqual(names.ever('a'), []);
});

test('names that the server cannot tell apart are one', () => {
  const names = new Names<number>(roomy);
  const long = 'é'.repeat(31);
  names.add(`${long}x1`, 1, 1);
  assert.deepEqual(names.candidates(`${long}x2`), [1]);
  assert.deepEqual(names.candidates(`${long}y`), []);
  assert.deepEqual(names.candidates(long), []);
});

test('count and bytes are bounded, and given back', () => {
  const names = new Names<number>({ countMax: 3, bytesMax: 100 });
  const first = names.add('a', 1, 60);
  const second = names.add('b', 2, 41);
  assert.equal(names.full, true);
  names.retract(second);
  names.retract(second);
  assert.equal(names.full, false);
  names.sync();
  const third = names.add('a', 3, 1);
  names.add('c', 4, 1);
  assert.equal(names.full, true);
  names.confirm(third);
  assert.equal(names.full, false);
  names.confirm(first);
  names.closing('a')();
  names.closing('c')();
  for (let i = 0; i < 2; i++) names.add(`n${i}`, i, 1);
  assert.equal(names.full, false);
  names.add('n2', 2, 1);
  assert.equal(names.full, true);
  names.clear();
  assert.equal(names.full, false);
});
