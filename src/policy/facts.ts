import type { Command, Parameter } from '../core/command.ts';
import type { Identity } from '../core/identity.ts';
import type { Session } from '../core/session.ts';
import type { Target } from '../core/target.ts';
import type { Facts } from './when.ts';

/** What one command is, as conditions see it. Made only when a condition is asked; lists only when it looks. */
export function factsOf(
  identity: Identity,
  target: Target,
  command: Command,
  session: Session | undefined,
  nowMs: number,
): Facts {
  const { subject, issuer, kind, groups, claims, purpose = '', task = '' } = identity;
  const { name, protocol, labels } = target;
  return {
    identity: { subject, issuer, kind, groups, claims, purpose, task },
    target: { name, protocol, labels },
    command: commandFacts(command),
    ...(session === undefined ? {} : { session: sessionFacts(session) }),
    now: new Date(nowMs),
  };
}

function commandFacts({ text, parameters, effects, unbounded, uses, args = {} }: Command): object {
  return {
    text,
    unbounded,
    uses,
    args,
    get parameters() {
      return parameters.map(parameterFact);
    },
    get effects() {
      return effects.map((effect) => `${effect.kind}.${effect.action}`);
    },
    get kinds() {
      return [...new Set(effects.map((effect) => effect.kind))];
    },
    get resources() {
      return [...new Set(effects.map((effect) => effect.resource))].filter((resource) => resource !== '');
    },
  };
}

/** CEL's integers are BigInt; a plain number would be a double. */
function sessionFacts(session: Session): object {
  return {
    id: session.id,
    opened: new Date(session.openedAtMs),
    commands: BigInt(session.commands),
    rows: BigInt(session.rows),
    client: session.client,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * SQL's NULL is null. Binary parameters of text types are the same bytes as text ones, so they read the same
 * here: else asking for the binary format would slip past a condition. What is no text is `\x` and hex.
 */
function parameterFact({ bytes, format }: Parameter): string | null {
  if (bytes === null) return null;
  if (format === 'text' || isPrintable(bytes)) {
    try {
      return utf8.decode(bytes);
    } catch {
      // Not UTF-8: hex, never guessed at.
    }
  }
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}
