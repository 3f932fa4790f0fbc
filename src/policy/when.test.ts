import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameter } from '../core/command.ts';
import { command, identity, noonMs, session, target } from '../../test/fixtures/rules.ts';
import { factsOf } from './facts.ts';
import { compileCondition, ConditionError, type ConditionResult } from './when.ts';

const text = (value: string): Parameter => ({ bytes: Buffer.from(value), format: 'text' });
const binary = (...bytes: number[]): Parameter => ({ bytes: Uint8Array.from(bytes), format: 'binary' });

function ask(expression: string, parameters: readonly Parameter[] = []): ConditionResult {
  const asked = command(['write.delete public.users', 'read.select public.users', 'session.begin'], {
    text: 'DELETE FROM users',
    parameters,
    unbounded: true,
    uses: ['equality'],
  });
  const who = identity({
    claims: { level: 3, admin: true, teams: ['a', 'b'], nested: { deep: [1] }, none: null },
  });
  const held = session();
  held.commands = 7;
  held.rows = 12;
  return compileCondition(expression)(factsOf(who, target(), asked, held, noonMs));
}

const answers: readonly [expression: string, answer: ConditionResult][] = [
  ['true', true],
  ['identity.subject == "crew-7"', true],
  ['identity.kind == "agent" && identity.issuer.startsWith("https://issuer")', true],
  ['"crews" in identity.groups', true],
  ['identity.claims.level >= 3', true],
  ['identity.claims.level == 3', true],
  ['identity.claims.admin', true],
  ['"b" in identity.claims.teams', true],
  ['identity.claims.nested.deep[0] == 1', true],
  ['identity.claims.none == null', true],
  ['has(identity.claims.absent) && identity.claims.absent == 1', false],
  ['has(identity.claims.constructor)', false],
  ['identity.claims.absent == 1', { error: 'No such key: absent' }],
  ['identity.claims.level', { error: 'does not give a bool' }],
  ['target.name == "orders" && target.protocol == "postgres"', true],
  ['target.labels.env == "prod"', true],
  ['target.labels.team == "a"', { error: 'No such key: team' }],
  ['command.unbounded', true],
  ['command.text.contains("DELETE")', true],
  ['"write.delete" in command.effects', true],
  ['command.kinds == ["write", "read", "session"]', true],
  ['command.resources == ["public.users"]', true],
  ['command.uses.exists(use, use in ["pattern", "equality"])', true],
  ['command.text.matches("^DELETE\\\\s")', true],
  ['command.text.matches("^delete")', false],
  ['command.text.matches("(?i)^delete") && command.unbounded', true],
  ['command.unbounded && !command.text.matches(identity.subject)', true],
  ['identity.claims.level == 3 ? command.text.matches("users$") : false', true],
  ['command.effects.exists(e, e.matches("^write[.]"))', true],
  ['identity.claims.level.matches("3")', { error: 'matches() wants strings' }],
  ['session.commands == 7 && session.rows > 10', true],
  ['session.client.startsWith("10.")', true],
  ['now - session.opened == duration("60s")', true],
  ['now.getHours() == 10 && now.getDayOfWeek() == 1', true],
  ['now.getHours("Europe/Berlin") == 11', true],
  ['now.getHours("Nowhere/Land") == 11', { error: 'Invalid time zone specified: Nowhere/Land' }],
];

describe('conditions', () => {
  for (const [expression, answer] of answers) {
    test(expression, () => assert.deepEqual(ask(expression), answer));
  }
});

const parameterAnswers: readonly [expression: string, parameters: readonly Parameter[]][] = [
  ['command.parameters[0] == "x"', [text('x')]],
  ['command.parameters[0] == null', [{ bytes: null, format: 'text' }]],
  // The binary format of a text is its bytes: it must not slip past.
  ['command.parameters[0] == "ab"', [binary(0x61, 0x62)]],
  ['command.parameters[0] == "\\\\x00000005"', [binary(0, 0, 0, 5)]],
  ['command.parameters[0] == "\\\\xff"', [{ bytes: Uint8Array.of(0xff), format: 'text' }]],
  ['size(command.parameters) == 0', []],
];

describe('parameters', () => {
  for (const [expression, parameters] of parameterAnswers) {
    test(`${expression} of ${JSON.stringify(parameters)}`, () => {
      assert.equal(ask(expression, parameters), true);
    });
  }
});

const bad: readonly [expression: string, message: RegExp, offset: number][] = [
  ['', /EOF/, 0],
  ['1 +', /Unexpected token: EOF/, 3],
  ['comand.text == ""', /Unknown variable: comand/, 0],
  ['true && command.unbond', /No such key: unbond/, 16],
  ['identity.constructor == 1', /No such key/, 9],
  ['command.text', /gives string, not bool/, 0],
  ['command.text.matches("(")', /missing closing/, 0],
  ['command.text.matches(1)', /wants strings, not int/, 21],
  ['identity.subject > 3', /not defined|no such overload/i, 0],
  ['nosuch(1)', /nosuch/, 0],
];

describe('what is no condition', () => {
  for (const [expression, message, offset] of bad) {
    test(expression, () => {
      assert.throws(
        () => compileCondition(expression),
        (error) => {
          assert.ok(error instanceof ConditionError);
          assert.match(error.message, message);
          assert.equal(error.offset, offset);
          return true;
        },
      );
    });
  }
});

test('a pattern that would stall a backtracking engine', () => {
  const condition = compileCondition('command.text.matches("^(x+)+y$")');
  const facts = factsOf(identity(), target(), command([], { text: 'x'.repeat(50_000) }), undefined, noonMs);
  assert.equal(condition(facts), false);
});
