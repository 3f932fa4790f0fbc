import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { agent, dba, identityOf, PaperJournal, targetOf } from '../../test/fixtures/holds-stage.ts';
import { rule } from '../../test/fixtures/rules.ts';
import type { Identity } from '../core/identity.ts';
import type { Notice } from '../core/notice.ts';
import type { Rule } from '../core/rule.ts';
import { compilePolicy } from '../policy/decide.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { followGrants } from './granted.ts';
import { LiveGrants } from './live-grants.ts';
import { StoredRequests } from './stored-requests.ts';

const hourMs = 3_600_000;
const byDba = { approvers: { groups: ['dba'], count: 1 }, forMs: hourMs, notify: [] };
const repairs = rule({ name: 'repairs', allow: ['read', 'write'], onRequest: byDba });
const two = rule({
  name: 'two',
  reveal: ['public.users.email'],
  onRequest: { ...byDba, approvers: { groups: ['dba'], count: 2 } },
});
const glass = rule({
  name: 'glass',
  allow: ['write'],
  onRequest: { forMs: hourMs, notify: ['security'] },
});
const others = rule({ name: 'others', allow: ['write'], who: { groups: ['hr'] }, onRequest: byDba });
const orders = targetOf('orders');

/** Requests over a real store, and the policy that looks at their grants. */
class Scene implements AsyncDisposable {
  readonly journal = new PaperJournal();
  readonly notices: Notice[] = [];
  readonly warnings: string[] = [];
  nowMs = 1_000_000;
  rules: readonly Rule[] = [repairs, two, glass, others];
  grants!: LiveGrants;
  requests!: StoredRequests;
  #store!: Store;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sallyport-requests-'));

  static async set(): Promise<Scene> {
    const scene = new Scene();
    await scene.start();
    return scene;
  }

  /** Also after a crash: nothing of the process before is left but its files. */
  async start(): Promise<void> {
    await this.#store?.close();
    this.#store = await openSqliteStore(join(this.#folder, 'sallyport.db'));
    const clock = { now: () => this.nowMs };
    this.grants = new LiveGrants(clock);
    this.requests = new StoredRequests({
      records: this.#store.requests,
      grants: this.grants,
      journal: this.journal,
      clock,
      policy: () => compilePolicy(this.rules, { version: 1, now: clock.now, grants: this.grants }),
      rules: () => this.rules,
      url: (id) => `https://gateway/requests/${id}`,
      notices: { tell: (notice) => this.notices.push(notice) },
      warn: (_facts, message) => this.warnings.push(message),
    });
    await this.requests.resume();
  }

  async ask(by: Identity = agent, name = 'repairs', forMs?: number): Promise<string> {
    const because = 'ticket 4711';
    const asked = { by, target: orders, rule: name, because, ...(forMs === undefined ? {} : { forMs }) };
    return (await this.requests.open(asked)).id;
  }

  approve(id: string, by = dba('ana')) {
    return this.requests.decide({ id, by, decision: 'approve' });
  }

  awake(of: Rule = repairs, who: Identity = agent): boolean {
    return this.grants.awake(who, of, orders);
  }

  /** What another process knows of grants, once it has looked. */
  async look(grants: LiveGrants): Promise<boolean> {
    await followGrants(this.#store.requests, grants, () => this.nowMs);
    return grants.awake(agent, repairs, orders);
  }

  types(): string[] {
    return this.journal.written.map(({ type }) => type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
    rmSync(this.#folder, { recursive: true });
  }
}

describe('a request', () => {
  test('wakes its rule once approved, for as long as was asked, and no longer', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask(agent, 'repairs', hourMs / 2);
    assert.equal(scene.awake(), false);
    assert.equal(await scene.approve(id), 'granted');
    assert.equal(scene.awake(), true);
    scene.nowMs += hourMs / 2 - 1;
    assert.equal(scene.awake(), true);
    const { version } = scene.grants;
    scene.nowMs += 1;
    assert.ok(scene.grants.version > version);
    assert.equal(scene.awake(), false);
    assert.deepEqual(
      scene.requests.sweep().map((grant) => grant.id),
      [id],
    );
    await scene.requests.idle();
    assert.equal((await scene.requests.get(id)).state, 'ended');
    assert.deepEqual(scene.types(), [
      'request.opened',
      'request.decided',
      'request.ended',
      'grant.started',
      'grant.ended',
    ]);
  });

  test('tells what it would let, by whom it is decided, and what could deceive', async () => {
    await using scene = await Scene.set();
    const because = 'ticket \u202E4711';
    const view = await scene.requests.open({ by: agent, target: orders, rule: 'repairs', because });
    assert.deepEqual(view.lets, ['allow read, write']);
    assert.deepEqual(view.approvers, [{ groups: ['dba'], count: 1 }]);
    assert.equal(view.forMs, hourMs);
    assert.equal(view.warnings.length, 1);
  });

  test('wakes in other processes too, and ends there', async () => {
    await using scene = await Scene.set();
    const elsewhere = new LiveGrants({ now: () => scene.nowMs });
    const first = await scene.ask();
    assert.equal(await scene.look(elsewhere), false);
    await scene.approve(first);
    assert.equal(await scene.look(elsewhere), true);
    const { version } = elsewhere;
    assert.equal(await scene.look(elsewhere), true);
    assert.equal(elsewhere.version, version, 'nothing has changed');
    await scene.requests.end({ id: first, by: agent, any: false });
    assert.equal(await scene.look(elsewhere), false);
    await scene.approve(await scene.ask());
    assert.equal(await scene.look(elsewhere), true);
    scene.nowMs += hourMs;
    assert.equal(elsewhere.awake(agent, repairs, orders), false, 'the clock ends it everywhere');
    assert.equal(await scene.look(elsewhere), false);
  });

  test('wakes for nobody else, on no other target, for no other rule', async () => {
    await using scene = await Scene.set();
    await scene.approve(await scene.ask());
    const another: readonly [title: string, awake: boolean][] = [
      ['the same', scene.awake()],
      ['another subject', scene.awake(repairs, { ...agent, subject: 'agent-2' })],
      ['another issuer', scene.awake(repairs, { ...agent, issuer: 'https://other' })],
      ['another kind', scene.awake(repairs, { ...agent, kind: 'human' })],
      ['with somebody who acts for it', scene.awake(repairs, { ...agent, actor: identityOf('agent-9') })],
      ['another rule', scene.awake(two)],
      ['another target', scene.grants.awake(agent, repairs, targetOf('billing'))],
    ];
    assert.deepEqual(
      another.filter(([, awake]) => awake).map(([title]) => title),
      ['the same'],
    );
  });

  test('wakes for one who acts for nobody only if they asked alone', async () => {
    await using scene = await Scene.set();
    const person = dba('pia', { actor: agent });
    await scene.approve(await scene.ask(person));
    assert.deepEqual(
      [scene.awake(repairs, person), scene.awake(repairs, dba('pia')), scene.awake()],
      [true, false, false],
    );
  });

  test('asked for with a purpose and a task wakes for these, and without for whatever', async () => {
    await using scene = await Scene.set();
    const [repair, audit] = [
      { ...agent, purpose: 'repair', task: 'T-1' },
      { ...agent, purpose: 'audit' },
    ];
    const id = await scene.ask(repair);
    await scene.approve(id);
    const awake = (): boolean[] =>
      [repair, { ...repair, task: 'T-2' }, audit, agent].map((who) => scene.awake(repairs, who));
    assert.deepEqual(awake(), [true, false, false, false]);
    await scene.requests.end({ id, by: repair, any: true });
    await scene.approve(await scene.ask());
    assert.deepEqual(awake(), [true, true, true, true]);
  });

  test('wants as many different people as its rule says', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask(agent, 'two');
    assert.equal(await scene.approve(id), 'pending');
    await assert.rejects(scene.approve(id), { code: 'conflict' });
    assert.equal(scene.awake(two), false);
    assert.equal(await scene.approve(id, dba('ben')), 'granted');
    assert.equal(scene.awake(two), true);
  });

  test('denied by one wakes nothing, and can be asked for again', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask(agent, 'two');
    await scene.approve(id);
    assert.equal(await scene.requests.decide({ id, by: dba('ben'), decision: 'deny' }), 'denied');
    assert.equal(scene.awake(two), false);
    await assert.rejects(scene.approve(id, dba('eva')), { code: 'conflict' });
    await scene.ask(agent, 'two');
  });

  test('of two decisions at once counts one', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask();
    const settled = await Promise.allSettled(
      ['ana', 'ben', 'eva'].map((name, at) =>
        scene.requests.decide({ id, by: dba(name), decision: at === 1 ? 'deny' : 'approve' }),
      ),
    );
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    );
    assert.equal(scene.types().filter((type) => type === 'request.decided').length, 1);
  });

  test('that nobody decided on for a day is over', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask();
    scene.nowMs += 24 * hourMs;
    await assert.rejects(scene.approve(id), { code: 'conflict' });
    assert.equal((await scene.requests.get(id)).state, 'expired');
    await scene.ask();
  });
});

describe('what cannot be asked for', () => {
  const rows: readonly [title: string, ask: object, code: string][] = [
    ['longer than the rule lets', { forMs: hourMs + 1 }, 'denied'],
    ['without a reason', { because: '  ' }, 'protocol'],
    ['with a reason of a novel', { because: 'x'.repeat(2_001) }, 'too_large'],
    ['a rule for others', { rule: 'others' }, 'not_found'],
    ['a rule that is none', { rule: 'nothing' }, 'not_found'],
  ];
  for (const [title, ask, code] of rows) {
    test(title, async () => {
      await using scene = await Scene.set();
      const asked = { by: agent, target: orders, rule: 'repairs', because: 'why', ...ask };
      await assert.rejects(scene.requests.open(asked), { code });
      assert.deepEqual(scene.types(), []);
    });
  }

  test('the same, while it waits', async () => {
    await using scene = await Scene.set();
    await scene.ask();
    await assert.rejects(scene.ask(), { code: 'conflict' });
    assert.equal(scene.types().length, 1);
  });

  test('again and again, to wear people out', async () => {
    await using scene = await Scene.set();
    for (let round = 0; round < 20; round++) {
      const id = await scene.ask();
      await scene.requests.end({ id, by: agent, any: false });
    }
    await assert.rejects(scene.ask(), { code: 'limit_requests' });
    await assert.rejects(scene.ask(agent, 'glass'), { code: 'limit_requests' });
    await scene.ask({ ...agent, subject: 'agent-2' });
    scene.nowMs += hourMs;
    await scene.ask();
  });

  test('anything, while it cannot be recorded', async () => {
    await using scene = await Scene.set();
    scene.journal.full = true;
    await assert.rejects(scene.ask(), { code: 'journal_unavailable' });
    await assert.rejects(scene.ask(agent, 'glass'), { code: 'journal_unavailable' });
    assert.equal(scene.awake(glass), false);
    scene.journal.full = false;
    const id = await scene.ask();
    scene.journal.full = true;
    await assert.rejects(scene.approve(id), { code: 'journal_unavailable' });
    assert.equal(scene.awake(), false);
  });
});

describe('THREATS 26: nobody wakes a rule for themselves', () => {
  const person = identityOf('pia', { kind: 'human', groups: ['dba'] });
  const rows: readonly [title: string, by: Identity, holder?: Identity][] = [
    ['not the one who asked', person, person],
    ['not by the same name at another issuer', { ...person, issuer: 'https://other' }, person],
    ['not the owner of the agent that asked', dba('olga')],
    ['not another account of that owner', dba('o2', { owner: 'olga' })],
    ['not for an account one owns', person, dba('second', { owner: 'pia' })],
    ['not for whom an agent acted', dba('olga'), dba('pia', { actor: agent })],
    ['not by an agent', identityOf('agent-9', { groups: ['dba'] })],
    ['not by an agent that acts for a person', dba('ana', { actor: identityOf('agent-9') })],
    ['not by somebody no rule names', dba('eve', { groups: ['sales'] })],
  ];
  for (const [title, by, holder] of rows) {
    test(title, async () => {
      await using scene = await Scene.set();
      const id = await scene.ask(holder);
      for (const decision of ['approve', 'deny'] as const) {
        await assert.rejects(scene.requests.decide({ id, by, decision }), { code: 'denied' });
      }
      assert.equal((await scene.requests.get(id)).state, 'pending');
      assert.deepEqual(scene.types(), ['request.opened']);
    });
  }
});

describe('a rule that changes', () => {
  const wider = rule({ name: 'repairs', allow: ['read', 'write', 'schema'], onRequest: byDba });

  test('while a request for it waits cannot be woken by it', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask();
    scene.rules = [wider];
    await assert.rejects(scene.approve(id), { code: 'conflict' });
    assert.equal((await scene.requests.get(id)).state, 'withdrawn');
  });

  test('goes back to sleep, for good', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask();
    await scene.approve(id);
    assert.equal(scene.awake(wider), false);
    scene.rules = [wider];
    scene.requests.rulesChanged();
    assert.equal(scene.requests.sweep().length, 1);
    await scene.requests.idle();
    scene.rules = [repairs];
    assert.equal(scene.awake(), false);
    await scene.start();
    assert.equal(scene.awake(), false);
    assert.equal((await scene.requests.get(id)).state, 'ended');
    assert.partialDeepStrictEqual(scene.journal.written.at(-1), { type: 'grant.ended', outcome: 'changed' });
  });
});

describe('an end before its time', () => {
  const rows: readonly [title: string, by: Identity, any: boolean, code?: string][] = [
    ['by whoever asked', agent, false],
    ['by an approver', dba('ana'), false],
    ['by who has the right to', identityOf('sec', { kind: 'human' }), true],
    ['not by anybody else', identityOf('eve', { kind: 'human' }), false, 'not_found'],
  ];
  for (const [title, by, any, code] of rows) {
    test(title, async () => {
      await using scene = await Scene.set();
      const id = await scene.ask();
      await scene.approve(id);
      const ended = scene.requests.end({ id, by, any });
      if (code === undefined) assert.equal(await ended, 'ended');
      else await assert.rejects(ended, { code });
      assert.equal(scene.awake(), code !== undefined);
      assert.equal(scene.requests.sweep().length, code === undefined ? 1 : 0);
      if (code === undefined) await assert.rejects(scene.requests.end({ id, by, any }), { code: 'conflict' });
    });
  }

  test('takes back what waits, which nobody can approve any more', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask();
    await assert.rejects(scene.requests.end({ id, by: dba('ana'), any: false }), { code: 'denied' });
    assert.equal(await scene.requests.end({ id, by: agent, any: false }), 'withdrawn');
    await assert.rejects(scene.approve(id), { code: 'conflict' });
  });

  test('counts though nothing can be recorded', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask();
    await scene.approve(id);
    scene.journal.full = true;
    await scene.requests.end({ id, by: agent, any: false });
    assert.equal(scene.awake(), false);
  });
});

describe('a restart', () => {
  test('forgets neither what waits nor what is awake, nor when that ends', async () => {
    await using scene = await Scene.set();
    const [granted, waits] = [await scene.ask(), await scene.ask(agent, 'two')];
    await scene.approve(granted);
    await scene.approve(waits);
    await scene.start();
    assert.equal(scene.awake(), true);
    assert.equal(await scene.approve(waits, dba('ben')), 'granted');
    scene.nowMs += hourMs;
    await scene.start();
    assert.deepEqual([scene.awake(), scene.awake(two)], [false, false]);
    assert.equal((await scene.requests.get(granted)).state, 'ended');
  });
});

describe('break glass', () => {
  test('wakes at once, and everybody hears of it', async () => {
    await using scene = await Scene.set();
    const id = await scene.ask(agent, 'glass');
    assert.equal(scene.awake(glass), true);
    assert.deepEqual(scene.types(), ['request.opened', 'request.ended', 'grant.started']);
    assert.partialDeepStrictEqual(scene.journal.written.at(-1), { request: id, self: true });
    assert.deepEqual(scene.warnings, ['a dormant rule was woken without an approver']);
    assert.partialDeepStrictEqual(scene.notices, [
      { kind: 'grant.started', about: id, target: 'orders', rules: ['glass'], channels: ['security'] },
    ]);
  });

  test('cannot be had of a rule that names approvers', async () => {
    await using scene = await Scene.set();
    assert.equal((await scene.requests.get(await scene.ask())).state, 'pending');
    assert.equal(scene.awake(), false);
  });
});

test('notices have no reason in them, which somebody typed', async () => {
  await using scene = await Scene.set();
  await scene.approve(await scene.ask());
  assert.deepEqual(
    scene.notices.map(({ kind }) => kind),
    ['request.opened', 'request.decided', 'grant.started'],
  );
  assert.doesNotMatch(JSON.stringify(scene.notices), /4711/);
});

test('who did not ask and may not decide sees nothing', async () => {
  await using scene = await Scene.set();
  const id = await scene.ask();
  const eve = identityOf('eve', { kind: 'human', groups: ['sales'] });
  await assert.rejects(scene.requests.get(id, eve), { code: 'not_found' });
  assert.deepEqual(await scene.requests.list({ visibleTo: eve }), []);
  assert.equal((await scene.requests.list({ visibleTo: dba('ana') })).length, 1);
  assert.equal((await scene.requests.list({ visibleTo: agent })).length, 1);
});
