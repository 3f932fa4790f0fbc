import type { Command } from '../core/command.ts';
import { type Effect, type EffectKind, effectKinds } from '../core/effect.ts';
import type { Identity } from '../core/identity.ts';
import type { EffectPattern, Rule } from '../core/rule.ts';
import { Session } from '../core/session.ts';
import type { Target } from '../core/target.ts';

/** For tests: 2026-11-02T10:00:00Z, a Monday. */
export const noonMs = Date.UTC(2026, 10, 2, 10);

type Shorthand = Partial<Omit<Rule, 'targets' | 'allow' | 'hold' | 'deny'>> & {
  readonly targets?: readonly string[] | Rule['targets'];
  readonly allow?: readonly string[];
  readonly hold?: readonly string[];
  readonly deny?: readonly string[];
};

/** A rule as tests write it: effects as text, targets as names, everything else with the file's defaults. */
export function rule(it: Shorthand & { readonly name: string }): Rule {
  const { targets = ['*'], allow = [], hold = [], deny = [] } = it;
  return {
    who: {},
    reveal: [],
    waitMs: 120_000,
    validMs: 900_000,
    limits: {},
    ...it,
    targets: 'length' in targets ? { names: targets } : targets,
    allow: allow.map(pattern),
    hold: hold.map(pattern),
    deny: deny.map(pattern),
  };
}

function pattern(text: string): EffectPattern {
  const [kind = '', action] = text.split('.');
  return { kind: asKind(kind), ...(action === undefined ? {} : { action }) };
}

function asKind(text: string): EffectKind {
  const kind = effectKinds.find((each) => each === text);
  if (kind === undefined) throw new Error(`${text} is no kind of effect`);
  return kind;
}

/** `write.delete public.users` */
export function effect(text: string): Effect {
  const [what = '', resource = ''] = text.split(' ');
  const [kind = '', action = ''] = what.split('.');
  return { kind: asKind(kind), action, resource };
}

export function command(effects: readonly string[], more: Partial<Command> = {}): Command {
  return {
    text: 'some text',
    parameters: [],
    effects: effects.map(effect),
    unbounded: false,
    uses: [],
    context: '',
    ...more,
  };
}

export function identity(more: Partial<Identity> = {}): Identity {
  return {
    subject: 'crew-7',
    issuer: 'https://issuer.test',
    kind: 'agent',
    groups: ['crews'],
    claims: {},
    expiresAtMs: noonMs + 3_600_000,
    ...more,
  };
}

export function target(name = 'orders', more: Partial<Target> = {}): Target {
  return {
    name,
    protocol: 'postgres',
    address: { host: 'db.internal', port: 5432, database: name, tls: 'verify-full' },
    credential: { kind: 'static', user: 'app' },
    labels: { env: 'prod' },
    sensitive: new Map(),
    detect: [],
    ...more,
  };
}

export function session(more: Partial<ConstructorParameters<typeof Session>[0]> = {}): Session {
  return new Session({
    id: 's1',
    identity: identity(),
    target: target(),
    client: '10.0.0.9:5123',
    nowMs: noonMs - 60_000,
    ...more,
  });
}
