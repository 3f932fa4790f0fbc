import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Budget } from '../core/budget.ts';
import type { Rule, Who } from '../core/rule.ts';
import { rule } from '../../test/fixtures/rules.ts';
import { budgetInWords, people, ruleInWords } from './words.ts';

const dba = { groups: ['dba'], count: 1 };
const held =
  'What is held waits 2 minutes; sent again within 15 minutes of an approval that came later, it runs.';

const rules: readonly [rule: Rule, words: readonly string[]][] = [
  [
    rule({
      name: 'crews read the shop',
      who: { kind: 'agent', groups: ['crews'] },
      targets: ['orders'],
      allow: ['read'],
      resources: ['public.*'],
      limits: { rows: 10_000, statementMs: 30_000, idleMs: 600_000, sessionMs: 3_600_000 },
    }),
    [
      'Agents in group crews may read public.* on orders.',
      'At most 10,000 rows for a command, 30 seconds for a command, 10 minutes at rest and 1 hour for a session.',
    ],
  ],
  [
    rule({
      name: 'nod',
      who: { any: true },
      targets: ['orders', 'billing'],
      hold: ['write'],
      approvers: dba,
    }),
    ['Everybody may write anything on orders and billing, once one of group dba approves.', held],
  ],
  [
    rule({
      name: 'two',
      hold: ['write', 'schema'],
      when: 'command.unbounded',
      approvers: { groups: ['dba'], subjects: ['anna'], count: 2, untilMs: 5_400_000 },
    }),
    [
      'Everybody may write or change the schema of anything on every target, once 2 of group dba or anna approve, when command.unbounded.',
      `${held} They may let the very same command run again and again, for 90 minutes at most.`,
    ],
  ],
  [
    rule({
      name: 'no ddl',
      who: { kind: 'agent' },
      targets: { labels: { env: 'prod', tier: '1' } },
      deny: ['schema', 'access', 'write.truncate'],
      because: 'Open a pull request.',
    }),
    [
      'Agents may not change the schema of, change access to or truncate (write) anything on any target labelled env: prod and tier: 1.',
      'Whom it refuses is told: Open a pull request.',
    ],
  ],
  [
    rule({
      name: 'repairs',
      who: { groups: ['oncall'] },
      targets: ['orders'],
      allow: ['read', 'write'],
      onRequest: { approvers: { groups: ['lead'], count: 1 }, forMs: 3_600_000, notify: [] },
    }),
    [
      'Everybody in group oncall may read or write anything on orders.',
      'All that sleeps until one of group lead approves a request for it, and then counts for whoever asked, for 1 hour at most.',
    ],
  ],
  [
    rule({
      name: 'glass',
      who: { subjects: ['anna'] },
      allow: ['execute'],
      onRequest: { forMs: 86_400_000, notify: [] },
    }),
    [
      'anna may execute anything on every target.',
      'All that sleeps until somebody asks for it, and then counts for whoever asked, for 1 day at most.',
    ],
  ],
  [
    rule({
      name: 'support',
      who: { groups: ['support'] },
      targets: ['orders'],
      reveal: ['public.users.email'],
    }),
    ['Everybody in group support may see public.users.email on orders in clear.'],
  ],
  [
    rule({ name: 'security', who: { groups: ['security'] }, targets: ['sallyport'], allow: ['read'] }),
    ['Everybody in group security may read anything on the gateway itself.'],
  ],
  [
    rule({ name: 'nobody', hold: ['opaque'] }),
    [
      'Everybody may do what cannot be understood to anything on every target, once somebody approves, which nobody may.',
      held,
    ],
  ],
];

describe('a rule in words', () => {
  for (const [one, words] of rules) test(one.name, () => assert.deepEqual(ruleInWords(one), words));
});

const whos: readonly [who: Who, words: string][] = [
  [{}, 'Everybody'],
  [{ kind: 'human' }, 'People'],
  [{ subjects: ['crew-7', 'Crew-8'] }, 'crew-7 or Crew-8'],
  [{ kind: 'agent', subjects: ['crew-7'] }, 'Agents named crew-7'],
  [
    { issuer: 'https://idp', groups: ['a', 'b', 'c'] },
    'Everybody in group a, b or c for whom https://idp vouches',
  ],
  [{ claims: { repo: 'shop', fork: false } }, 'Everybody whose token says repo "shop" and fork false'],
  [
    { any: true, not: { kind: 'agent', not: { groups: ['safe'] } } },
    'Everybody but not agents but not everybody in group safe',
  ],
  [{ not: { subjects: ['Anna'] } }, 'Everybody but not Anna'],
];

describe('somebody in words', () => {
  for (const [who, words] of whos) test(words, () => assert.equal(people(who), words));
});

test('a budget in words', () => {
  const budget: Budget = {
    name: 'b',
    who: { kind: 'agent' },
    targets: { names: ['orders'] },
    per: 'session',
    limits: { rows: 100_000, commands: 5_000 },
  };
  assert.equal(
    budgetInWords(budget),
    'Agents may have 100,000 rows and 5,000 commands each in a session on orders.',
  );
});
