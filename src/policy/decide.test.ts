import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from '../core/command.ts';
import { describeEffect } from '../core/effect.ts';
import type { Identity } from '../core/identity.ts';
import type { Rule } from '../core/rule.ts';
import type { Session } from '../core/session.ts';
import type { Target } from '../core/target.ts';
import type { Verdict } from '../core/verdict.ts';
import { compilePolicy } from './decide.ts';
import { command, identity, noonMs, rule, session, target } from '../../test/fixtures/rules.ts';

const crews = { groups: ['crews'] };
const dba = { groups: ['dba'], count: 1 };

const read = rule({
  name: 'read',
  who: crews,
  targets: ['orders'],
  allow: ['read'],
  resources: ['public.*'],
});
const nod = rule({ name: 'nod', who: crews, targets: ['orders'], hold: ['write'], approvers: dba });
const two = rule({
  name: 'two',
  targets: ['orders'],
  hold: ['write'],
  when: 'command.unbounded',
  approvers: { groups: ['lead'], count: 2 },
});
const ddl = rule({
  name: 'ddl',
  who: { kind: 'agent' },
  deny: ['schema', 'access', 'execute'],
  because: 'Use migrations.',
});
const shop = [read, nod, two, ddl];

interface Case {
  readonly rules: readonly Rule[];
  readonly effects: readonly string[];
  /** `allow`, `hold` or `deny`, the names of the rules, and after a `/` what is not covered. */
  readonly is: string;
  readonly identity?: Partial<Identity>;
  readonly target?: Target;
  readonly command?: Partial<Command>;
  readonly session?: Session;
}

function summary(verdict: Verdict): string {
  const rules = verdict.rules.length === 0 ? '' : ` ${verdict.rules.join(',')}`;
  if (verdict.kind !== 'deny' || verdict.uncovered.length === 0) return `${verdict.kind}${rules}`;
  return `deny${rules} / ${verdict.uncovered.map(describeEffect).join(', ')}`;
}

function decide(it: Case): Verdict {
  const policy = compilePolicy(it.rules, { version: 1, now: () => noonMs });
  return policy.decide(
    identity(it.identity),
    it.target ?? target(),
    command(it.effects, it.command),
    it.session,
  );
}

function table(name: string, cases: Record<string, Case>): void {
  describe(name, () => {
    for (const [title, it] of Object.entries(cases)) {
      test(title, () => assert.equal(summary(decide(it)), it.is));
    }
  });
}

table('the shop of DESIGN.md', {
  'reads what is allowed': { rules: shop, effects: ['read.select public.users'], is: 'allow read' },
  'reads two tables': {
    rules: shop,
    effects: ['read.select public.users', 'read.select public.orders'],
    is: 'allow read',
  },
  'does not read other schemas': {
    rules: shop,
    effects: ['read.select public.users', 'read.select hr.salaries'],
    is: 'deny read / read.select hr.salaries',
  },
  'reads nothing in particular': { rules: shop, effects: ['read.select'], is: 'allow read' },
  'writes are held': { rules: shop, effects: ['write.update public.users'], is: 'hold nod' },
  'whole-table writes are held by both': {
    rules: shop,
    effects: ['write.update public.users'],
    command: { unbounded: true },
    is: 'hold nod,two',
  },
  'a read beside a held write is held': {
    rules: shop,
    effects: ['write.insert public.a', 'read.select public.b'],
    is: 'hold read,nod',
  },
  'schema changes are denied': { rules: shop, effects: ['schema.drop public.users'], is: 'deny ddl' },
  'denied beside allowed is denied': {
    rules: shop,
    effects: ['read.select public.users', 'schema.drop public.users'],
    is: 'deny ddl',
  },
  'denied beside uncovered names the denial': {
    rules: shop,
    effects: ['read.select hr.x', 'execute.do'],
    is: 'deny ddl',
  },
  'a person is not an agent': {
    rules: shop,
    effects: ['schema.drop public.users'],
    identity: { kind: 'human' },
    is: 'deny / schema.drop public.users',
  },
  'another target': {
    rules: shop,
    effects: ['read.select public.users'],
    target: target('billing'),
    is: 'deny / read.select public.users',
  },
  'another target still has its denials': {
    rules: shop,
    effects: ['schema.drop public.users'],
    target: target('billing'),
    is: 'deny ddl',
  },
  'nobody in particular gets nothing': {
    rules: [read],
    effects: ['read.select public.users'],
    identity: { groups: [] },
    is: 'deny / read.select public.users',
  },
  'no rules, no effects': { rules: [], effects: [], is: 'deny' },
  'no rules, any effect': { rules: [], effects: ['read.select'], is: 'deny / read.select' },
  'empty text is allowed to whom is let in': { rules: shop, effects: [], is: 'allow read,nod,two' },
});

table('who', {
  'a subject': {
    rules: [rule({ name: 'r', who: { subjects: ['crew-7'] }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'allow r',
  },
  'subjects are exact': {
    rules: [rule({ name: 'r', who: { subjects: ['crew-*', 'Crew-7'] }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'deny / read.select',
  },
  'any of the groups': {
    rules: [rule({ name: 'r', who: { groups: ['x', 'crews'] }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'allow r',
  },
  'every part must match': {
    rules: [rule({ name: 'r', who: { groups: ['crews'], kind: 'human' }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'deny / read.select',
  },
  'an issuer': {
    rules: [rule({ name: 'r', who: { issuer: 'https://issuer.test' }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'allow r',
  },
  'another issuer, same subject': {
    rules: [
      rule({ name: 'r', who: { subjects: ['crew-7'], issuer: 'https://issuer.test' }, allow: ['read'] }),
    ],
    effects: ['read.select'],
    identity: { issuer: 'https://elsewhere.test' },
    is: 'deny / read.select',
  },
  'a claim': {
    rules: [rule({ name: 'r', who: { claims: { team: 'pay' } }, allow: ['read'] })],
    effects: ['read.select'],
    identity: { claims: { team: 'pay' } },
    is: 'allow r',
  },
  'a claim that is a list': {
    rules: [rule({ name: 'r', who: { claims: { team: 'pay' } }, allow: ['read'] })],
    effects: ['read.select'],
    identity: { claims: { team: ['shop', 'pay'] } },
    is: 'allow r',
  },
  'a claim of another type': {
    rules: [rule({ name: 'r', who: { claims: { level: 1 } }, allow: ['read'] })],
    effects: ['read.select'],
    identity: { claims: { level: '1' } },
    is: 'deny / read.select',
  },
  'a claim that every object inherits': {
    rules: [rule({ name: 'r', who: { claims: { constructor: Object } }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'deny / read.select',
  },
  any: {
    rules: [rule({ name: 'r', who: { any: true }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'allow r',
  },
  not: {
    rules: [rule({ name: 'r', who: { not: { groups: ['interns'] } }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'allow r',
  },
  'not, when it is': {
    rules: [rule({ name: 'r', who: { groups: ['crews'], not: { subjects: ['crew-7'] } }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'deny / read.select',
  },
  'not not': {
    rules: [rule({ name: 'r', who: { not: { not: { groups: ['crews'] } } }, allow: ['read'] })],
    effects: ['read.select'],
    is: 'allow r',
  },
});

const labelled = (labels: Record<string, string>): Rule =>
  rule({ name: 'r', targets: { labels }, allow: ['read'] });
const gateway = target('sallyport', { labels: {} });

table('targets', {
  'a glob': {
    rules: [rule({ name: 'r', targets: ['ord*'], allow: ['read'] })],
    effects: ['read.select'],
    is: 'allow r',
  },
  labels: { rules: [labelled({ env: 'prod' })], effects: ['read.select'], is: 'allow r' },
  'another label': { rules: [labelled({ env: 'dev' })], effects: ['read.select'], is: 'deny / read.select' },
  'every label must match': {
    rules: [labelled({ env: 'prod', team: 'pay' })],
    effects: ['read.select'],
    is: 'deny / read.select',
  },
  'the gateway is not let in by a glob': {
    rules: [rule({ name: 'r', allow: ['read', 'write'] })],
    effects: ['write.kill'],
    target: gateway,
    is: 'deny / write.kill',
  },
  'the gateway by its name': {
    rules: [rule({ name: 'r', targets: ['sallyport'], allow: ['write'] })],
    effects: ['write.kill'],
    target: gateway,
    is: 'allow r',
  },
  'the gateway is denied by a glob': {
    rules: [
      rule({ name: 'r', targets: ['sallyport'], allow: ['write'] }),
      rule({ name: 'no', deny: ['write'] }),
    ],
    effects: ['write.kill'],
    target: gateway,
    is: 'deny no',
  },
  'the gateway is not held by a glob': {
    rules: [
      rule({ name: 'r', targets: ['sallyport'], allow: ['write'] }),
      rule({ name: 'h', hold: ['write'], approvers: dba }),
    ],
    effects: ['write.kill'],
    target: gateway,
    is: 'allow r',
  },
});

const everything = rule({ name: 'all', allow: ['read', 'write', 'schema', 'access', 'session'] });

table('effects and resources', {
  'one action of a kind': {
    rules: [rule({ name: 'r', allow: ['write.insert'] })],
    effects: ['write.insert public.a'],
    is: 'allow r',
  },
  'another action of the kind': {
    rules: [rule({ name: 'r', allow: ['write.insert'] })],
    effects: ['write.delete public.a'],
    is: 'deny / write.delete public.a',
  },
  'deny one action': {
    rules: [everything, rule({ name: 'no', deny: ['write.delete'] })],
    effects: ['write.delete public.a'],
    is: 'deny no',
  },
  'deny one action leaves others': {
    rules: [everything, rule({ name: 'no', deny: ['write.delete'] })],
    effects: ['write.update public.a'],
    is: 'allow all',
  },
  'hold one action': {
    rules: [everything, rule({ name: 'h', hold: ['write.delete'], approvers: dba })],
    effects: ['write.delete public.a'],
    is: 'hold all,h',
  },
  'execute is covered by nothing else': {
    rules: [everything],
    effects: ['execute.do'],
    is: 'deny / execute.do',
  },
  'opaque is covered by nothing else': {
    rules: [everything, rule({ name: 'x', allow: ['execute'] })],
    effects: ['opaque.unknown'],
    is: 'deny / opaque.unknown',
  },
  'execute by its name': {
    rules: [rule({ name: 'x', allow: ['execute'] })],
    effects: ['execute.do'],
    is: 'allow x',
  },
  'opaque by its name': {
    rules: [rule({ name: 'o', allow: ['opaque'] })],
    effects: ['opaque.unknown'],
    is: 'allow o',
  },
  'effects covered by two rules together': {
    rules: [rule({ name: 'a', allow: ['read'] }), rule({ name: 'b', allow: ['write'] })],
    effects: ['read.select public.a', 'write.insert public.b'],
    is: 'allow a,b',
  },
  'deny within resources': {
    rules: [everything, rule({ name: 'no', deny: ['read'], resources: ['*.secrets'] })],
    effects: ['read.select public.secrets'],
    is: 'deny no',
  },
  'deny outside its resources': {
    rules: [everything, rule({ name: 'no', deny: ['read'], resources: ['*.secrets'] })],
    effects: ['read.select public.users'],
    is: 'allow all',
  },
  'deny of one effect on the resource of another': {
    rules: [everything, rule({ name: 'no', deny: ['write'], resources: ['public.a'] })],
    effects: ['read.select public.a', 'write.insert public.b'],
    is: 'allow all',
  },
  'an unnamed write is not let in by globs': {
    rules: [rule({ name: 'r', allow: ['write'], resources: ['public.*'] })],
    effects: ['write.truncate'],
    is: 'deny / write.truncate',
  },
  'an unnamed write is denied by globs': {
    rules: [everything, rule({ name: 'no', deny: ['write'], resources: ['hr.*'] })],
    effects: ['write.truncate'],
    is: 'deny no',
  },
  'an unnamed write is held by globs': {
    rules: [everything, rule({ name: 'h', hold: ['write'], resources: ['hr.*'], approvers: dba })],
    effects: ['write.truncate'],
    is: 'hold all,h',
  },
  'an unnamed read is not denied by globs': {
    rules: [everything, rule({ name: 'no', deny: ['read'], resources: ['hr.*'] })],
    effects: ['read.select'],
    is: 'allow all',
  },
});

table('session effects', {
  'come with a rule that allows': { rules: [read], effects: ['session.begin'], is: 'allow read' },
  'come with a rule that holds, unheld': { rules: [nod], effects: ['session.begin'], is: 'allow nod' },
  'do not come with a denial': { rules: [ddl], effects: ['session.begin'], is: 'deny / session.begin' },
  'do not come with a reveal': {
    rules: [rule({ name: 'see', reveal: ['*'] })],
    effects: ['session.begin'],
    is: 'deny / session.begin',
  },
  'can be denied': {
    rules: [read, rule({ name: 'no', deny: ['session.listen'] })],
    effects: ['session.listen'],
    is: 'deny no',
  },
  'can be held': {
    rules: [read, rule({ name: 'h', hold: ['session.listen'], approvers: dba })],
    effects: ['session.listen'],
    is: 'hold read,h',
  },
  'do not help what stands beside them': {
    rules: [read],
    effects: ['session.begin', 'write.insert public.a'],
    is: 'deny / write.insert public.a',
  },
});

const when = (expression: string, part: Partial<Rule> & { name: string }): Rule => ({
  ...part,
  ...rule({ name: part.name }),
  ...part,
  when: expression,
});
const allowRead = { name: 'r', allow: [{ kind: 'read' }] } as const;
const denyRead = { name: 'no', deny: [{ kind: 'read' }] } as const;
const holdRead = { name: 'h', hold: [{ kind: 'read' }], approvers: dba } as const;
const fails = 'identity.claims.absent == 1';

table('when', {
  'true allows': { rules: [when('true', allowRead)], effects: ['read.select'], is: 'allow r' },
  'false does not allow': {
    rules: [when('false', allowRead)],
    effects: ['read.select'],
    is: 'deny / read.select',
  },
  'failing does not allow': {
    rules: [when(fails, allowRead)],
    effects: ['read.select'],
    is: 'deny / read.select',
  },
  'true denies': { rules: [everything, when('true', denyRead)], effects: ['read.select'], is: 'deny no' },
  'false does not deny': {
    rules: [everything, when('false', denyRead)],
    effects: ['read.select'],
    is: 'allow all',
  },
  'failing denies': { rules: [everything, when(fails, denyRead)], effects: ['read.select'], is: 'deny no' },
  'failing denies only what it is about': {
    rules: [everything, when(fails, denyRead)],
    effects: ['write.insert public.a'],
    is: 'allow all',
  },
  'true holds': { rules: [everything, when('true', holdRead)], effects: ['read.select'], is: 'hold all,h' },
  'false does not hold': {
    rules: [everything, when('false', holdRead)],
    effects: ['read.select'],
    is: 'allow all',
  },
  'failing holds': { rules: [everything, when(fails, holdRead)], effects: ['read.select'], is: 'hold all,h' },
  'false hold covers nothing': {
    rules: [when('false', holdRead)],
    effects: ['read.select'],
    is: 'deny / read.select',
  },
  'failing hold covers, held': { rules: [when(fails, holdRead)], effects: ['read.select'], is: 'hold h' },
  'a claim that is no bool fails': {
    rules: [everything, when('identity.claims.admin', denyRead)],
    effects: ['read.select'],
    identity: { claims: { admin: 'no' } },
    is: 'deny no',
  },
  unbounded: {
    rules: [everything, rule({ name: 'no', deny: ['write'], when: 'command.unbounded' })],
    effects: ['write.delete public.a'],
    command: { unbounded: true },
    is: 'deny no',
  },
  bounded: {
    rules: [everything, rule({ name: 'no', deny: ['write'], when: 'command.unbounded' })],
    effects: ['write.delete public.a'],
    is: 'allow all',
  },
  'no session where one is asked for fails': {
    rules: [everything, when('session.commands > 100', denyRead)],
    effects: ['read.select'],
    is: 'deny no',
  },
  'a session': {
    rules: [everything, when('session.commands > 100', denyRead)],
    effects: ['read.select'],
    session: session(),
    is: 'allow all',
  },
});

describe('what a verdict carries', () => {
  test('the approvers of all matching holds, the highest count, the shortest times', () => {
    const verdict = decide({
      rules: [
        rule({
          name: 'a',
          hold: ['write'],
          approvers: { groups: ['dba'], count: 1 },
          waitMs: 5,
          validMs: 90,
        }),
        rule({
          name: 'b',
          hold: ['write'],
          approvers: { subjects: ['ann'], count: 3 },
          waitMs: 9,
          validMs: 70,
        }),
        rule({ name: 'c', hold: ['read'], approvers: { groups: ['c'], count: 9 }, waitMs: 1, validMs: 1 }),
      ],
      effects: ['write.insert public.a'],
      is: '',
    });
    assert.ok(verdict.kind === 'hold');
    assert.deepEqual(verdict.approvers, [
      { groups: ['dba'], count: 3 },
      { subjects: ['ann'], count: 3 },
    ]);
    assert.deepEqual([verdict.waitMs, verdict.validMs], [5, 70]);
  });

  test('a run beforehand only where all that hold want it, for the shortest time', () => {
    const a = rule({ name: 'a', hold: ['write'], previewMs: 9 });
    const b = rule({ name: 'b', hold: ['write'], previewMs: 5 });
    const c = rule({ name: 'c', hold: ['write.delete'] });
    const previewOf = (effects: readonly string[]): number | undefined => {
      const verdict = decide({ rules: [a, b, c], effects, is: '' });
      assert.ok(verdict.kind === 'hold');
      return verdict.previewMs;
    };
    assert.equal(previewOf(['write.insert public.a']), 5);
    assert.equal(previewOf(['write.delete public.a']), undefined);
  });

  test('a hold without approvers can be approved by nobody', () => {
    const verdict = decide({
      rules: [rule({ name: 'h', hold: ['read'] })],
      effects: ['read.select'],
      is: '',
    });
    assert.ok(verdict.kind === 'hold');
    assert.deepEqual(verdict.approvers, [{ groups: [], subjects: [], count: 1 }]);
  });

  test('the strictest limits of the rules that took part', () => {
    const verdict = decide({
      rules: [
        rule({ name: 'a', allow: ['read'], limits: { rows: 10, sessionMs: 500 } }),
        rule({ name: 'b', allow: ['read'], limits: { rows: 20, idleMs: 7 } }),
        rule({ name: 'c', allow: ['write'], limits: { rows: 1 } }),
      ],
      effects: ['read.select public.a'],
      is: '',
    });
    assert.ok(verdict.kind === 'allow');
    assert.deepEqual(verdict.limits, { rows: 10, sessionMs: 500, idleMs: 7 });
  });

  test('the limits of a command without effects are those of every rule that lets in', () => {
    const rules = [
      rule({ name: 'a', allow: ['read'], limits: { sessionMs: 500 } }),
      rule({ name: 'b', hold: ['write'], approvers: dba, limits: { sessionMs: 400 } }),
    ];
    const verdict = decide({ rules, effects: [], is: '' });
    assert.ok(verdict.kind === 'allow');
    assert.deepEqual(verdict.limits, { sessionMs: 400 });
  });

  test('reveals of matching rules only', () => {
    const verdict = decide({
      rules: [
        everything,
        rule({ name: 'see', reveal: ['public.users.email'] }),
        rule({ name: 'others', who: { groups: ['support'] }, reveal: ['public.users.ssn'] }),
        rule({ name: 'never', reveal: ['public.users.phone'], when: 'false' }),
        rule({ name: 'fails', reveal: ['public.users.pan'], when: fails }),
        rule({ name: 'elsewhere', targets: ['billing'], reveal: ['*'] }),
      ],
      effects: ['read.select public.users'],
      is: '',
    });
    assert.ok(verdict.kind === 'allow');
    assert.deepEqual(verdict.reveals, ['public.users.email']);
    assert.deepEqual(verdict.rules, ['all', 'see']);
    assert.deepEqual(verdict.failures, [{ rule: 'fails', error: 'No such key: absent' }]);
  });

  test('why it was denied, and what is allowed instead', () => {
    const verdict = decide({ rules: shop, effects: ['schema.drop public.users'], is: '' });
    assert.ok(verdict.kind === 'deny');
    assert.equal(verdict.because, 'Use migrations.');
    assert.deepEqual(verdict.allowed, [
      'read public.*',
      'write (held for approval)',
      'write (held for approval) (on a condition)',
    ]);
  });

  test('what is denied outright is not offered', () => {
    const verdict = decide({
      rules: [everything, rule({ name: 'no', deny: ['schema', 'access', 'write.delete'] })],
      effects: ['schema.drop public.a'],
      is: '',
    });
    assert.ok(verdict.kind === 'deny');
    assert.deepEqual(verdict.allowed, ['read', 'write', 'session']);
    assert.equal(verdict.because, 'schema.drop public.a is not allowed on orders.');
  });
});

describe('acting for somebody', () => {
  const rules = [
    rule({ name: 'crew', who: crews, allow: ['read'], reveal: ['public.*'], limits: { rows: 50 } }),
    rule({
      name: 'people',
      who: { kind: 'human' },
      allow: ['read', 'write'],
      reveal: ['public.users.*', 'hr.*'],
    }),
    rule({ name: 'careful', who: { kind: 'human' }, hold: ['write'], approvers: dba }),
  ];
  const policy = compilePolicy(rules, { version: 1, now: () => noonMs });
  const acting = identity({ subject: 'ann', kind: 'human', groups: [], actor: identity() });
  const alone = identity({ subject: 'ann', kind: 'human', groups: [] });

  test('both must be allowed', () => {
    const verdict = policy.decide(acting, target(), command(['read.select public.a']));
    assert.equal(summary(verdict), 'allow people,crew');
    assert.ok(verdict.kind === 'allow');
    assert.deepEqual(verdict.reveals, ['public.users.*']);
    assert.deepEqual(verdict.limits, { rows: 50 });
  });

  test('the actor may not do what it may not do alone', () => {
    const write = command(['write.insert public.a']);
    assert.equal(policy.decide(alone, target(), write).kind, 'hold');
    assert.equal(policy.decide(acting, target(), write).kind, 'deny');
    assert.equal(policy.foredoomed(acting, target(), write)?.kind, 'deny');
  });

  test('an actor that is not let in lets nobody in', () => {
    const stranger = { ...acting, actor: identity({ groups: [] }) };
    assert.equal(policy.admits(acting, target()), true);
    assert.equal(policy.admits(stranger, target()), false);
  });
});

describe('before parameters are bound', () => {
  const policy = compilePolicy(
    [
      rule({ name: 'read', allow: ['read'] }),
      rule({ name: 'no', deny: ['schema'] }),
      rule({ name: 'maybe', allow: ['write'], when: 'command.parameters[0] == "1"' }),
      rule({ name: 'maybe not', deny: ['read'], when: 'command.parameters[0] == "2"' }),
      rule({ name: 'maybe held', hold: ['access'], when: 'command.parameters[0] == "3"', approvers: dba }),
    ],
    { version: 1, now: () => noonMs },
  );
  const rows: readonly [effects: string, foredoomed: boolean][] = [
    ['read.select public.a', false],
    ['schema.drop public.a', true],
    ['write.insert public.a', false],
    ['access.grant', false],
    ['execute.do', true],
    ['session.begin', false],
  ];
  for (const [effects, foredoomed] of rows) {
    test(`${effects} ${foredoomed ? 'cannot' : 'can'} be saved by parameters`, () => {
      const verdict = policy.foredoomed(identity(), target(), command([effects]));
      assert.equal(verdict !== undefined, foredoomed);
    });
  }
});

describe('what is remembered', () => {
  const text = (value: string): Pick<Command, 'parameters'> => ({
    parameters: [{ bytes: Buffer.from(value), format: 'text' }],
  });

  test('a verdict is given again for the same effects of the same identity', () => {
    const policy = compilePolicy(shop, { version: 1, now: () => noonMs });
    const [who, what, asked] = [identity(), target(), command(['read.select public.a'])];
    assert.equal(policy.decide(who, what, asked), policy.decide(who, what, { ...asked }));
    assert.notEqual(policy.decide(identity(), what, asked), policy.decide(who, what, asked));
  });

  test('one that a condition took part in is not', () => {
    const policy = compilePolicy([everything, when('command.parameters[0] == "x"', denyRead)], {
      version: 1,
      now: () => noonMs,
    });
    const [who, what, asked] = [identity(), target(), command(['read.select public.a'])];
    assert.equal(policy.decide(who, what, { ...asked, ...text('y') }).kind, 'allow');
    assert.equal(policy.decide(who, what, { ...asked, ...text('x') }).kind, 'deny');
    assert.equal(policy.decide(who, what, { ...asked, ...text('y') }).kind, 'allow');
  });

  test('time passes for conditions', () => {
    let nowMs = noonMs;
    const policy = compilePolicy([when('now.getHours() < 18', allowRead)], { version: 1, now: () => nowMs });
    const [who, what, asked] = [identity(), target(), command(['read.select public.a'])];
    assert.equal(policy.decide(who, what, asked).kind, 'allow');
    nowMs += 9 * 3_600_000;
    assert.equal(policy.decide(who, what, asked).kind, 'deny');
  });

  test('a policy that was tightened counts from the next command on (THREATS 41)', () => {
    const [who, what, asked] = [identity(), target(), command(['read.select public.a'])];
    const before = compilePolicy([everything], { version: 1, now: () => noonMs });
    const after = compilePolicy([], { version: 2, now: () => noonMs });
    assert.equal(before.decide(who, what, asked).kind, 'allow');
    assert.equal(after.decide(who, what, asked).kind, 'deny');
    assert.deepEqual([before.version, after.version], [1, 2]);
  });

  test('a group that was taken away counts from the next command on (THREATS 41)', () => {
    const policy = compilePolicy([read], { version: 1, now: () => noonMs });
    const [what, asked] = [target(), command(['read.select public.a'])];
    assert.equal(policy.decide(identity(), what, asked).kind, 'allow');
    assert.equal(policy.decide(identity({ groups: [] }), what, asked).kind, 'deny');
  });
});

describe('who is let in', () => {
  const rows: readonly [title: string, rules: readonly Rule[], admitted: boolean][] = [
    ['by a rule that allows', [read], true],
    ['by a rule that holds', [nod], true],
    ['by a rule with a condition, whatever it says', [when('false', allowRead)], true],
    ['not by a denial', [ddl], false],
    ['not by a reveal', [rule({ name: 'see', reveal: ['*'] })], false],
    ['not by a rule for others', [rule({ name: 'r', who: { kind: 'human' }, allow: ['read'] })], false],
    ['not by nothing', [], false],
  ];
  for (const [title, rules, admitted] of rows) {
    test(title, () => {
      const policy = compilePolicy(rules, { version: 1, now: () => noonMs });
      assert.equal(policy.admits(identity(), target()), admitted);
    });
  }
});

describe('who can only read', () => {
  const rows: readonly [title: string, rules: readonly Rule[], readOnly: boolean][] = [
    ['by a rule that allows reading', [read], true],
    ['by no rule at all', [], true],
    ['not by a rule that holds writing', [read, nod], false],
    [
      'not by a rule with a condition, whatever it says',
      [read, when('false', { name: 'w', allow: [{ kind: 'write' }] })],
      false,
    ],
    ['by a denial of more', [read, ddl], true],
    ['not by a rule that allows execution', [rule({ name: 'x', allow: ['execute'] })], false],
  ];
  for (const [title, rules, readOnly] of rows) {
    test(title, () => {
      const policy = compilePolicy(rules, { version: 1, now: () => noonMs });
      assert.equal(policy.readOnly(identity(), target()), readOnly);
    });
  }

  test('one who acts for somebody, if either can only read', () => {
    const policy = compilePolicy([rule({ name: 'w', who: crews, allow: ['write'] })], {
      version: 1,
      now: () => noonMs,
    });
    assert.equal(policy.readOnly(identity({ actor: identity() }), target()), false);
    assert.equal(policy.readOnly(identity({ actor: identity({ groups: [] }) }), target()), true);
  });
});
