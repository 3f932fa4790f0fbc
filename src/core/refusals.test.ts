import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdOf, sessionOf } from '../../test/fixtures/commands.ts';
import { describeEffect } from './effect.ts';
import type { SallyportError } from './errors.ts';
import { denial, holdDenied, holdOutdated, holdPending, holdWithdrawn, undisclosable } from './refusals.ts';
import type { Deny } from './verdict.ts';

const session = sessionOf();
const ticket = { id: 'h1', url: 'https://gateway/approvals/h1', waitMs: 120_000 };
const hold = holdOf({ rules: ['with a nod'], validMs: 900_000 });
const about = { approval: 'h1', url: ticket.url };

function deny(more: Partial<Deny> = {}): Deny {
  return {
    kind: 'deny',
    rules: [],
    failures: [],
    because: 'no rule covers it',
    uncovered: [],
    allowed: [],
    ...more,
  };
}

const drop = { kind: 'schema', action: 'drop', resource: 'public.users' } as const;
const begin = { kind: 'session', action: 'begin', resource: '' } as const;

interface Row {
  readonly what: string;
  readonly refusal: SallyportError;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly detail: object;
}

const rows: readonly Row[] = [
  {
    what: 'a rule that denies is named, with its reason',
    refusal: denial(deny({ rules: ['no drops'], because: 'use migrations', allowed: ['read'] }), session),
    code: 'denied',
    message: 'Sallyport: rule "no drops" refuses it: use migrations',
    hint: 'agent-1 may do this on orders: read. Ask whoever keeps sallyport.yaml for a rule that covers more.',
    detail: { rules: ['no drops'], uncovered: [], allowed: ['read'] },
  },
  {
    what: 'so are several',
    refusal: denial(
      deny({
        rules: ['no drops', 'not by agents'],
        because: 'use migrations',
        allowed: ['read public.*', 'write.insert'],
      }),
      session,
    ),
    code: 'denied',
    message: 'Sallyport: rules "no drops", "not by agents" refuse it: use migrations',
    hint: 'agent-1 may do this on orders: read public.*; write.insert. Ask whoever keeps sallyport.yaml for a rule that covers more.',
    detail: {
      rules: ['no drops', 'not by agents'],
      uncovered: [],
      allowed: ['read public.*', 'write.insert'],
    },
  },
  {
    what: 'what no rule allows is named, and what is allowed instead',
    refusal: denial(deny({ uncovered: [drop, begin], allowed: ['read'] }), session),
    code: 'denied',
    message: 'Sallyport: no rule allows schema.drop public.users, session.begin on orders',
    hint: 'agent-1 may do this on orders: read. Ask whoever keeps sallyport.yaml for a rule that covers more.',
    detail: { rules: [], uncovered: ['schema.drop public.users', 'session.begin'], allowed: ['read'] },
  },
  {
    what: 'of very many effects the first are named',
    refusal: denial(
      deny({ uncovered: Array.from({ length: 5_000 }, () => drop), allowed: ['read'] }),
      session,
    ),
    code: 'denied',
    message: `Sallyport: no rule allows ${'schema.drop public.users, '.repeat(20)}4980 more on orders`,
    hint: 'agent-1 may do this on orders: read. Ask whoever keeps sallyport.yaml for a rule that covers more.',
    detail: {
      rules: [],
      uncovered: [...Array.from({ length: 20 }, () => 'schema.drop public.users'), '4980 more'],
      allowed: ['read'],
    },
  },
  {
    what: 'who may do nothing is told so',
    refusal: denial(deny({ uncovered: [drop] }), session),
    code: 'denied',
    message: 'Sallyport: no rule allows schema.drop public.users on orders',
    hint: 'Nothing is allowed to agent-1 on orders. Ask whoever keeps sallyport.yaml for a rule.',
    detail: { rules: [], uncovered: ['schema.drop public.users'], allowed: [] },
  },
  {
    what: 'who may do nothing is told so even for an empty command',
    refusal: denial(deny({ because: 'No rule lets agent-1 do anything on orders.' }), session),
    code: 'denied',
    message: 'Sallyport: No rule lets agent-1 do anything on orders.',
    hint: 'Nothing is allowed to agent-1 on orders. Ask whoever keeps sallyport.yaml for a rule.',
    detail: { rules: [], uncovered: [], allowed: [] },
  },
  {
    what: 'what could show a hidden value says how to see it masked',
    refusal: undisclosable('it would show public.users.email', hold),
    code: 'undisclosable',
    message: 'Sallyport: it would show public.users.email',
    hint: 'Select sensitive columns plainly, in the outermost select list, where they come back masked; or ask for a rule with "reveal".',
    detail: { rules: ['with a nod'] },
  },
  {
    what: 'a denial by a person says who and why',
    refusal: holdDenied(ticket, { kind: 'denied', by: 'ana', because: 'not before the release' }),
    code: 'hold_denied',
    message: 'Sallyport: ana denied this command: not before the release',
    hint: 'Do something else, or talk to the person who denied it.',
    detail: about,
  },
  {
    what: 'a denial without a reason is a sentence all the same',
    refusal: holdDenied(ticket, { kind: 'denied', by: 'ana' }),
    code: 'hold_denied',
    message: 'Sallyport: ana denied this command',
    hint: 'Do something else, or talk to the person who denied it.',
    detail: about,
  },
  {
    what: 'what nobody decided on says how to go on',
    refusal: holdPending(ticket, hold),
    code: 'hold_pending',
    message: 'Sallyport: nobody decided on approval h1 within 120 s',
    hint: 'Once it is approved at https://gateway/approvals/h1, send the same command again within 900 s; it then runs once.',
    detail: { rules: ['with a nod'], ...about },
  },
  {
    what: 'what was cancelled did not run',
    refusal: holdWithdrawn('h1'),
    code: 'hold_withdrawn',
    message: 'Sallyport: the held command was cancelled',
    hint: 'It did not run.',
    detail: { approval: 'h1' },
  },
  {
    what: 'what was approved under laxer rules did not run',
    refusal: holdOutdated('h1'),
    code: 'hold_withdrawn',
    message: 'Sallyport: the rules changed while this command was held',
    hint: 'It did not run. Send it again: whoever must agree now will be asked.',
    detail: { approval: 'h1' },
  },
];

for (const { what, refusal, code, message, hint, detail } of rows) {
  test(what, () => {
    assert.deepEqual(
      { code: refusal.code, message: refusal.message, hint: refusal.hint, detail: refusal.detail },
      { code, message, hint, detail },
    );
  });
}

test('an effect is called as rules call it', () => {
  assert.deepEqual(
    [describeEffect(drop), describeEffect(begin)],
    ['schema.drop public.users', 'session.begin'],
  );
});
