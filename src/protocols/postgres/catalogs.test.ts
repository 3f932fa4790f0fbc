import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogRows, type FakeRelation } from '../../../test/fixtures/catalog-rows.ts';
import { targetOf } from '../../../test/fixtures/commands.ts';
import type { PostgresTarget } from '../../core/target.ts';
import type { Run } from './catalog.ts';
import { Catalogs, checkSensitive } from './catalogs.ts';
import { versionQuery } from './lineage-queries.ts';

const users: FakeRelation = { oid: 20_001, schema: 'public', name: 'users', columns: ['id', 'email'] };

/** A server whose schema tests change, and that answers when they say so. */
class Stage {
  nowMs = 1_000_000;
  reads = 0;
  versions = 0;
  relations: readonly FakeRelation[] = [users];
  readonly catalogs = new Catalogs(() => this.nowMs);
  readonly target: PostgresTarget = { ...targetOf(), sensitive: new Map([['public.users.email', 'email']]) };
  /** Resolves the oldest question that is not answered yet. */
  readonly answers: (() => void)[] = [];

  readonly run: Run = (sql) => catalogRows(this.relations)(sql);
  readonly counted: Run = (sql) => {
    if (sql === versionQuery) this.versions += 1;
    else if (sql.includes('relkind')) this.reads += 1;
    return this.run(sql);
  };
  /** What is seen is what was there when it was asked; the answer takes its time. */
  readonly slow: Run = async (sql) => {
    const rows = await this.counted(sql);
    await new Promise<void>((resolve) => this.answers.push(resolve));
    return rows;
  };

  /** Answers until `work` is done. */
  async finish<T>(work: Promise<T>): Promise<T> {
    const over = work.finally(() => (done = true));
    let done = false;
    while (!done) {
      this.answers.shift()?.();
      await Promise.race([over, new Promise(setImmediate)]);
    }
    return over;
  }
}

describe('what is known of a target', () => {
  test('is nothing before it was read, then good for two seconds', async () => {
    const stage = new Stage();
    const { catalogs, target } = stage;
    assert.equal(catalogs.fresh(target), undefined);
    const catalog = await catalogs.load(target, stage.counted);
    assert.equal(catalogs.fresh(target), catalog);
    assert.equal(catalogs.fresh({ ...target }), undefined);
    stage.nowMs += 1_999;
    assert.equal(catalogs.fresh(target), catalog);
    stage.nowMs += 1;
    assert.equal(catalogs.fresh(target), undefined);
  });

  test('of a target with nothing sensitive is good for half a minute', async () => {
    const stage = new Stage();
    const target = { ...stage.target, sensitive: new Map() };
    const rows: Run = async (sql) => (await stage.run(sql)).filter(([tag]) => tag !== 'version');
    const catalog = await stage.catalogs.load(target, rows);
    stage.nowMs += 29_999;
    assert.equal(stage.catalogs.due(target), false);
    assert.equal(stage.catalogs.fresh(target), catalog);
    stage.nowMs += 1;
    assert.equal(stage.catalogs.fresh(target), undefined);
  });

  test('stays good while the target says that nothing has changed', async () => {
    const stage = new Stage();
    const { catalogs, target } = stage;
    const catalog = await catalogs.load(target, stage.counted);
    assert.equal(catalogs.due(target), false);
    for (let second = 0; second < 20; second++) {
      stage.nowMs += 1_000;
      assert.equal(catalogs.due(target), true);
      await Promise.all([catalogs.confirm(target, stage.counted), catalogs.confirm(target, stage.counted)]);
      assert.equal(catalogs.fresh(target), catalog);
    }
    assert.deepEqual([stage.reads, stage.versions], [1, 20]);
    stage.nowMs += 10_000;
    assert.equal(await catalogs.confirm(target, stage.counted), catalog, 'read anew, and still the same');
    assert.equal(stage.reads, 2);
  });

  test('is read anew when the target says that something has changed', async () => {
    const stage = new Stage();
    const before = await stage.catalogs.load(stage.target, stage.counted);
    stage.relations = [users, { oid: 20_002, schema: 'public', name: 'orders', columns: ['id'] }];
    stage.nowMs += 1_000;
    const after = await stage.catalogs.confirm(stage.target, stage.counted);
    assert.notEqual(after, before);
    assert.equal(after.knows('public', 'orders'), true);
    assert.equal(stage.catalogs.fresh(stage.target), after);
  });

  test('is as old as the question, not as the answer', async () => {
    const stage = new Stage();
    const loading = stage.catalogs.load(stage.target, stage.slow);
    stage.nowMs += 30_000;
    await stage.finish(loading);
    assert.equal(stage.catalogs.fresh(stage.target), undefined);
  });

  test('is not good any more after a change', async () => {
    const stage = new Stage();
    await stage.catalogs.load(stage.target, stage.run);
    stage.catalogs.stale(stage.target);
    assert.equal(stage.catalogs.fresh(stage.target), undefined);
    const catalog = await stage.catalogs.load(stage.target, stage.run);
    assert.equal(stage.catalogs.fresh(stage.target), catalog);
  });

  test('is never good while a sensitive column is missing', async () => {
    const stage = new Stage();
    stage.relations = [{ ...users, columns: ['id', 'mail'] }];
    const catalog = await stage.catalogs.load(stage.target, stage.run);
    assert.equal(stage.catalogs.fresh(stage.target), undefined);
    assert.throws(() => checkSensitive(stage.target, catalog), {
      code: 'undisclosable',
      message: /orders.*public\.users\.email/,
      hint: /sallyport\.yaml/,
    });
    stage.relations = [users];
    checkSensitive(stage.target, await stage.catalogs.load(stage.target, stage.run));
  });
});

describe('reading it', () => {
  test('happens once for all who ask meanwhile', async () => {
    const stage = new Stage();
    const loads = Array.from({ length: 5 }, () => stage.catalogs.load(stage.target, stage.slow));
    const found = await stage.finish(Promise.all(loads));
    assert.equal(new Set(found).size, 1);
    assert.equal(stage.reads, 1);
  });

  test('happens once for all who ask after a change, and not with what was asked before it', async () => {
    const stage = new Stage();
    const before = stage.catalogs.load(stage.target, stage.slow);
    stage.catalogs.stale(stage.target);
    const loads = Array.from({ length: 5 }, () => stage.catalogs.load(stage.target, stage.slow));
    const [old, ...found] = await stage.finish(Promise.all([before, ...loads]));
    assert.equal(new Set(found).size, 1);
    assert.notEqual(found[0], old);
    assert.equal(stage.reads, 2);
    assert.equal(stage.catalogs.fresh(stage.target), found[0]);
  });

  test('that was overtaken by a change counts for nothing', async () => {
    const stage = new Stage();
    const loading = stage.catalogs.load(stage.target, stage.slow);
    stage.catalogs.stale(stage.target);
    await stage.finish(loading);
    assert.equal(stage.catalogs.fresh(stage.target), undefined);
  });

  test('that comes in late does not take the place of what is newer', async () => {
    const stage = new Stage();
    const late = stage.catalogs.load(stage.target, stage.slow);
    stage.catalogs.stale(stage.target);
    stage.relations = [users, { oid: 20_002, schema: 'public', name: 'orders', columns: ['id'] }];
    const newer = await stage.catalogs.load(stage.target, stage.run);
    await stage.finish(late);
    assert.equal(stage.catalogs.fresh(stage.target), newer);
    assert.equal(newer.knows('public', 'orders'), true);
  });

  test('that fails leaves nothing behind, and the next one tries again', async () => {
    const stage = new Stage();
    const down: Run = () => Promise.reject(new Error('the server is down'));
    await assert.rejects(stage.catalogs.load(stage.target, down), /the server is down/);
    assert.equal(stage.catalogs.fresh(stage.target), undefined);
    assert.equal(await stage.catalogs.load(stage.target, stage.run), stage.catalogs.fresh(stage.target));
  });

  test('goes well for those who wait although who asked first has left', async () => {
    const stage = new Stage();
    const { catalogs, target } = stage;
    const { promise, reject } = Promise.withResolvers<never>();
    const leaving: Run = () => promise;
    for (const ask of ['load', 'confirm'] as const) {
      const first = catalogs[ask](target, leaving);
      const others = [1, 2].map(() => catalogs[ask](target, stage.run));
      reject(new Error('the first one left'));
      await assert.rejects(first, /the first one left/);
      for (const found of await Promise.all(others)) assert.equal(found.knows('public', 'users'), true);
    }
  });

  test('fails for each who waits where it cannot be done', async () => {
    const stage = new Stage();
    const down: Run = () => Promise.reject(new Error('the server is down'));
    const all = Array.from({ length: 3 }, () => stage.catalogs.load(stage.target, down));
    for (const one of all) await assert.rejects(one, /the server is down/);
    assert.equal(stage.catalogs.fresh(stage.target), undefined);
  });
});
