import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { command, identity, noonMs, rule, target } from '../../test/fixtures/rules.ts';
import type { Grants } from '../core/ports.ts';
import { compilePolicy } from './decide.ts';
import { explain } from './explain.ts';

const onRequest = { approvers: { groups: ['lead'], count: 1 }, forMs: 3_600_000, notify: [] };
const repairs = rule({ name: 'repairs', allow: ['read', 'write'], resources: ['public.*'], onRequest });
const rules = [
  rule({ name: 'reads', allow: ['read'], who: { groups: ['crews'] } }),
  repairs,
  rule({ name: 'shows', reveal: ['public.users.email'], onRequest }),
  rule({ name: 'for others', allow: ['write'], who: { groups: ['oncall'] }, onRequest }),
  rule({ name: 'frozen', deny: ['write.truncate'] }),
];
const crew = identity();
const orders = target();
const write = command(['write.update public.users']);
const read = command(['read.select public.users']);

/** Grants that a test starts and ends. */
class Waking implements Grants {
  version = 0;
  readonly #awake = new Set<string>();

  awake(_identity: unknown, { name }: { readonly name: string }): boolean {
    return this.#awake.has(name);
  }

  wake(name: string): void {
    this.#awake.add(name);
    this.version += 1;
  }

  end(name: string): void {
    this.#awake.delete(name);
    this.version += 1;
  }
}

function policyOf(grants: Grants, all = rules) {
  return compilePolicy(all, { version: 1, now: () => noonMs, grants });
}

describe('a dormant rule', () => {
  test('counts for nothing while it sleeps, and a refusal names it', () => {
    const policy = compilePolicy(rules, { version: 1, now: () => noonMs });
    const verdict = policy.decide(crew, orders, write);
    assert.equal(verdict.kind, 'deny');
    assert.deepEqual(verdict.kind === 'deny' && verdict.requestable, ['repairs']);
    assert.equal(policy.decide(crew, orders, read).kind, 'allow');
    assert.deepEqual(policy.decide(crew, orders, read).rules, ['reads']);
  });

  test('counts from its grant until the end of it, though verdicts are remembered', () => {
    const grants = new Waking();
    const policy = policyOf(grants);
    const kinds = [];
    for (const step of [() => {}, () => grants.wake('repairs'), () => grants.end('repairs')]) {
      step();
      kinds.push(policy.decide(crew, orders, write).kind, policy.decide(crew, orders, write).kind);
    }
    assert.deepEqual(kinds, ['deny', 'deny', 'allow', 'allow', 'deny', 'deny']);
  });

  test('changes the version of the policy, so that what is under way is decided anew', () => {
    const grants = new Waking();
    const policy = policyOf(grants);
    const { version } = policy;
    grants.wake('repairs');
    assert.ok(policy.version > version);
  });

  test('awake never overrules what denies', () => {
    const grants = new Waking();
    grants.wake('repairs');
    const verdict = policyOf(grants).decide(crew, orders, command(['write.truncate public.users']));
    assert.deepEqual([verdict.kind, verdict.rules], ['deny', ['frozen']]);
    assert.deepEqual(verdict.kind === 'deny' && (verdict.requestable ?? []), []);
  });

  test('lets in only while it is awake', () => {
    const grants = new Waking();
    const policy = policyOf(grants, [repairs]);
    const admitted = [policy.admits(crew, orders)];
    grants.wake('repairs');
    admitted.push(policy.admits(crew, orders));
    grants.end('repairs');
    admitted.push(policy.admits(crew, orders));
    assert.deepEqual(admitted, [false, true, false]);
  });

  test('that writes makes no read-only session, for it may wake in the middle', () => {
    assert.equal(policyOf(new Waking()).readOnly(crew, orders), false);
    assert.equal(policyOf(new Waking(), [rules[0] ?? repairs]).readOnly(crew, orders), true);
  });

  test('can be asked for by those it is about, asleep or awake', () => {
    const grants = new Waking();
    const policy = policyOf(grants);
    const names = (): string[] => policy.requestable(crew, orders).map(({ name }) => name);
    assert.deepEqual(names(), ['repairs', 'shows']);
    grants.wake('repairs');
    assert.deepEqual(names(), ['repairs', 'shows']);
  });

  test('of an agent that acts for somebody is not named to them: only the agent can ask', () => {
    const agent = identity({ subject: 'agent-9', kind: 'agent' });
    const person = identity({ kind: 'human', actor: agent });
    const own = rule({ name: 'own', allow: ['write'], who: { kind: 'human' } });
    const asks = rule({ name: 'asks', allow: ['write'], who: { kind: 'agent' }, onRequest });
    const verdict = policyOf(new Waking(), [own, asks]).decide(person, orders, write);
    assert.deepEqual(verdict.kind === 'deny' && verdict.requestable, []);
  });

  test('is explained as asleep, with the line that asks, and as it acts once awake', () => {
    const question = { identity: crew, target: orders, command: write, nowMs: noonMs };
    const asleep = explain(rules, question).rules.find(({ name }) => name === 'repairs');
    assert.deepEqual([asleep?.does, asleep?.missed], [[], 'dormant']);
    assert.match(asleep?.because ?? '', /sallyport request orders --rule repairs --because 'why'/);
    const grants = new Waking();
    grants.wake('repairs');
    const awake = explain(rules, { ...question, grants });
    assert.equal(awake.verdict.kind, 'allow');
    assert.deepEqual(awake.rules.find(({ name }) => name === 'repairs')?.does, ['allow']);
  });
});
