import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MaskPlan } from '../../core/mask.ts';
import { Catalog } from './catalog.ts';
import type { Link } from './link.ts';
import { Conversation, type Remembered } from './sessions.ts';

const plan: MaskPlan = { hidden: new Map(), detect: [] };
const link: Link = {
  secrets: [],
  keepsSession: true,
  isOver: false,
  send: () => assert.fail(),
  listen: () => assert.fail(),
  end: () => assert.fail(),
};

function conversation(): Conversation {
  const untouched: Catalog = Object.create(Catalog.prototype);
  return new Conversation(link, untouched, 'c');
}

function request(command: number, value = ''): Remembered {
  return { method: 'tools/call', names: ['tool:look'], plan, values: [value], command };
}

test('an event leads back to the request whose stream it is of, in its own conversation alone', () => {
  const [mine, theirs] = [conversation(), conversation()];
  mine.remember('n:1', request(7));
  const of = mine.recall('n:1');
  const id = mine.eventId('up.1', of) ?? '';
  assert.deepEqual(mine.cameFrom(id), { serversId: 'up.1', of });
  const [text, , proof] = id.split('.');
  const forged = [
    [theirs, id],
    [mine, [text, '', proof].join('.')],
    [mine, [text, '8', proof].join('.')],
    [mine, [text, '7'].join('.')],
    [mine, 'up.1'],
    [mine, ''],
  ] as const;
  for (const [at, forgery] of forged) assert.throws(() => at.cameFrom(forgery), { code: 'protocol' });
  const own = mine.eventId('up-2') ?? '';
  assert.deepEqual(mine.cameFrom(own), { serversId: 'up-2', of: undefined });
});

const floods: readonly [what: string, count: number, value: string][] = [
  ['many requests', 10_000, ''],
  ['requests with long values', 20, 'x'.repeat(60_000)],
];
for (const [what, count, value] of floods) {
  test(`of ${what} nothing is kept, and nobody comes back to them`, () => {
    const it = conversation();
    it.remember('n:0', request(0));
    const id = it.eventId('up-1', it.recall('n:0')) ?? '';
    for (let n = 1; n <= count; n++) it.remember(`n:${n}`, request(n, value));
    assert.equal(it.recall(`n:${count}`), undefined);
    assert.throws(() => it.cameFrom(id), { code: 'conflict' });
  });
}
