import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command, identity, noonMs, target } from '../../test/fixtures/rules.ts';
import type { Config } from './config.ts';
import { InForce } from './in-force.ts';
import { parseConfig } from './load.ts';

const crew = identity();
const orders = target();
const read = command(['read.select public.users']);
const why = { because: 'nobody knows', instead: 'Try again in a moment.' };

function configOf(rules: string): Config {
  const config = parseConfig(
    `
listen: { postgres: 6432 }
identity: { local: true }
targets: { orders: { postgres: { host: db, database: orders }, credential: { static: { user: app } } } }
rules: [${rules}]`,
    '/etc/sallyport.yaml',
  );
  if (Array.isArray(config)) throw new Error(JSON.stringify(config));
  return config;
}

const reads = configOf('{ name: reads, who: { any: true }, targets: [orders], allow: [read] }');
const reveals = configOf(
  '{ name: others read, who: { any: true }, targets: [orders], allow: [read], reveal: ["*"] }',
);

test('what is closed lets nothing through, whatever configuration comes, until it is opened again', () => {
  const inForce = new InForce(reads, { now: () => noonMs });
  const seen = (): unknown[] => {
    const { policy } = inForce;
    const verdict = policy.decide(crew, orders, read);
    const doomed = policy.foredoomed(crew, orders, read)?.kind;
    return [verdict.kind, verdict.rules.join(), doomed, policy.admits(crew, orders)];
  };
  const versions = [inForce.policy.version];
  const steps: readonly [what: string, step: () => void, seen: unknown[]][] = [
    ['open', () => undefined, ['allow', 'reads', undefined, true]],
    ['closed', () => inForce.close(why), ['deny', '', 'deny', true]],
    ['closed again', () => inForce.close(why), ['deny', '', 'deny', true]],
    ['another configuration', () => inForce.replace(reveals), ['deny', '', 'deny', true]],
    ['open again', () => inForce.reopen(), ['allow', 'others read', undefined, true]],
    ['open still', () => inForce.reopen(), ['allow', 'others read', undefined, true]],
  ];
  for (const [what, step, expected] of steps) {
    step();
    assert.deepEqual(seen(), expected, what);
    versions.push(inForce.policy.version);
  }
  // What was decided by one is never taken for decided by another.
  assert.deepEqual(versions, [1, 1, 2, 2, 3, 4, 4]);
});

test('why it is closed is what a client is told', () => {
  const inForce = new InForce(reads, { now: () => noonMs });
  inForce.close(why);
  const verdict = inForce.policy.decide(crew, orders, read);
  assert.ok(verdict.kind === 'deny');
  assert.deepEqual([verdict.because, verdict.instead, verdict.rules], [why.because, why.instead, []]);
});
