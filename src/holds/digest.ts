import { createHash, type Hash } from 'node:crypto';
import type { Command } from '../core/command.ts';
import type { Identity } from '../core/identity.ts';
import type { Session } from '../core/session.ts';

/**
 * What an approval is bound to: text, parameters, meaning, target and identity of a command, as hex SHA-256.
 * Each part goes in with its length, so that no part can flow into the next.
 */
export function commandDigest(session: Session, command: Command): string {
  const hash = createHash('sha256');
  add(hash, 'sallyport hold 1');
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
  return hash.digest('hex');
}

/** The address too: the same name may lead to another database after a reload. */
function addTarget(hash: Hash, { target }: Session): void {
  const { host, port, database } = target.address;
  for (const part of [target.name, target.protocol, host, String(port), database]) add(hash, part);
}

/** With everybody who acts for it: the same person through another agent is somebody else. */
function addIdentity(hash: Hash, identity: Identity): void {
  add(hash, identity.issuer);
  add(hash, identity.subject);
  add(hash, identity.kind);
  if (identity.actor === undefined) add(hash, 'no actor');
  else {
    add(hash, 'actor');
    addIdentity(hash, identity.actor);
  }
}

function add(hash: Hash, part: string | Uint8Array): void {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part;
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.byteLength));
  hash.update(length).update(bytes);
}
