import { createHash, type Hash } from 'node:crypto';
import type { Command } from '../core/command.ts';
import type { Identity } from '../core/identity.ts';
import type { Approvers } from '../core/rule.ts';
import type { UpstreamTarget } from '../core/target.ts';
import type { Session } from '../core/session.ts';

/**
 * What an approval is bound to: text, parameters, meaning, target and identity of a command, and the approvers
 * that the rules demand for it, so that what fewer or other people agreed to does not count once the rules are
 * stricter. As hex SHA-256.
 * Each part goes in with its length, so that no part can flow into the next.
 */
export function commandDigest(session: Session, command: Command, approvers: readonly Approvers[]): string {
  const hash = createHash('sha256');
  add(hash, 'sallyport hold 4');
  add(hash, command.text);
  add(hash, command.context);
  add(hash, String(command.parameters.length));
  for (const { format, bytes } of command.parameters) {
    add(hash, format);
    if (bytes === null) add(hash, 'null');
    else {
      add(hash, 'value');
      add(hash, bytes);
    }
  }
  addTarget(hash, session);
  addIdentity(hash, session.identity);
  addApprovers(hash, approvers);
  return hash.digest('hex');
}

/** The address too: the same name may lead to another database after a reload. */
function addTarget(hash: Hash, { target }: Session): void {
  for (const part of [target.name, target.protocol, ...addressOf(target)]) add(hash, part);
}

function addressOf({ protocol, address }: UpstreamTarget): readonly string[] {
  switch (protocol) {
    case 'http':
      return [address.url];
    case 'mcp':
      return address.kind === 'http' ? [address.url] : [...address.command, address.folder];
    case 'aws':
      return [address.account, address.endpoint ?? ''];
    case 'postgres':
      return [address.host, String(address.port), address.database];
  }
}

/** With everybody who acts for it: the same person through another agent is somebody else. */
function addIdentity(hash: Hash, identity: Identity): void {
  add(hash, identity.issuer);
  add(hash, identity.subject);
  add(hash, identity.kind);
  // Whoever agreed was shown what it is for.
  for (const said of [identity.purpose, identity.task])
    add(hash, said === undefined ? 'unsaid' : `said ${said}`);
  if (identity.actor === undefined) add(hash, 'no actor');
  else {
    add(hash, 'actor');
    addIdentity(hash, identity.actor);
  }
}

/** Whoever is named, in whatever order: a rule may list the same people another way. */
function addApprovers(hash: Hash, approvers: readonly Approvers[]): void {
  add(hash, String(approvers.length));
  for (const { groups, subjects, count, untilMs } of approvers) {
    addNames(hash, groups);
    addNames(hash, subjects);
    add(hash, String(count));
    // Who agreed for longer than they may now has agreed to something else.
    add(hash, untilMs === undefined ? 'once' : String(untilMs));
  }
}

/** None given (anybody) and an empty list (nobody) are not the same. */
function addNames(hash: Hash, names: readonly string[] | undefined): void {
  add(hash, names === undefined ? 'any' : String(names.length));
  for (const name of names?.toSorted() ?? []) add(hash, name);
}

function add(hash: Hash, part: string | Uint8Array): void {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part;
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.byteLength));
  hash.update(length).update(bytes);
}
