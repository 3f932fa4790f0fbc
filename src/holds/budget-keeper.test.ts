import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { BudgetRecords, BudgetUse } from '../core/budget.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { BudgetKeeper } from './budget-keeper.ts';

const use: BudgetUse = {
  budget: 'b',
  identity: 'agent-1',
  period: '2026-11-23',
  rows: 5,
  commands: 2,
  bytes: 100,
  expiresAtMs: 2_000,
};

/** What is counted, as a test says. */
class Book {
  readonly loaded: BudgetUse[] = [];
  uses: BudgetUse[] = [];
  refreshed: readonly BudgetUse[] = [];

  load(uses: readonly BudgetUse[]): void {
    this.loaded.push(...uses);
  }

  refresh(uses: readonly BudgetUse[]): void {
    this.refreshed = uses;
  }

  takeUses(): readonly BudgetUse[] {
    return this.uses.splice(0);
  }

  giveBack(uses: readonly BudgetUse[]): void {
    this.uses.push(...uses);
  }
}

async function storeIn(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-budgets-'));
  const store = await openSqliteStore(join(folder, 'sallyport.db'));
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

function keeperOf(book: Book, records: BudgetRecords, now: () => number, reports: string[] = []) {
  return new BudgetKeeper({ book, records, clock: { now }, report: (message) => reports.push(message) });
}

test('adds up what was used, and gives it to the next process', async (t) => {
  const { budgets } = await storeIn(t);
  const book = new Book();
  const keeper = keeperOf(book, budgets, () => 1_000);
  book.uses = [use];
  await keeper.keep();
  book.uses = [
    { ...use, rows: 1 },
    { ...use, identity: 'agent-2' },
  ];
  await keeper.close();
  const next = new Book();
  const after = keeperOf(next, budgets, () => 1_999);
  await after.start();
  await after.close();
  assert.deepEqual(
    next.loaded.toSorted((a, b) => a.identity.localeCompare(b.identity)),
    [
      { ...use, rows: 6, commands: 4, bytes: 200 },
      { ...use, identity: 'agent-2' },
    ],
  );
});

test('forgets what counts no more', async (t) => {
  const { budgets } = await storeIn(t);
  const book = new Book();
  const keeper = keeperOf(book, budgets, () => 2_000);
  book.uses = [use];
  await keeper.keep();
  const next = new Book();
  const after = keeperOf(next, budgets, () => 2_000);
  await after.start();
  await after.close();
  assert.deepEqual(next.loaded, []);
  assert.deepEqual(await budgets.list(0), []);
});

test('keeps the next time what it could not keep, and says so once', async (t) => {
  const { budgets } = await storeIn(t);
  let isDown = true;
  const records: BudgetRecords = {
    ...budgets,
    add: (uses) => (isDown ? Promise.reject(new Error('down')) : budgets.add(uses)),
  };
  const [book, reports] = [new Book(), [] as string[]];
  const keeper = keeperOf(book, records, () => 1_000, reports);
  book.uses = [use];
  await keeper.keep();
  await keeper.keep();
  assert.deepEqual([book.uses, reports], [[use], ['what budgets have counted cannot be kept']]);
  isDown = false;
  await keeper.close();
  assert.deepEqual(await budgets.list(0), [use]);
});

test('what other processes have kept counts here too, and what could not be looked at is kept once', async (t) => {
  const { budgets } = await storeIn(t);
  const book = new Book();
  const reports: string[] = [];
  let away = false;
  const records = {
    ...budgets,
    list: (nowMs: number) => (away ? Promise.reject(new Error('away')) : budgets.list(nowMs)),
  };
  const now = () => 1_000;
  const report = (message: string): void => void reports.push(message);
  const keeper = new BudgetKeeper({ book, records, clock: { now }, report, shared: true });
  await budgets.add([use]);
  book.uses = [use];
  await keeper.keep();
  assert.deepEqual(book.refreshed, [{ ...use, rows: 10, commands: 4, bytes: 200 }]);
  away = true;
  book.uses = [use];
  await keeper.keep();
  assert.deepEqual(
    [book.uses, reports.length],
    [[], 1],
    'it is in the store: giving it back would count it twice',
  );
  away = false;
  await keeper.keep();
  assert.equal(book.refreshed[0]?.rows, 15);
});
