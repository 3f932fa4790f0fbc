import { sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Where the chain stands after a block. */
export interface ChainPoint {
  /** 0 before the first block. */
  readonly block: number;
  /** Of the newest event; 0 before the first. */
  readonly seq: number;
  /** SHA-256 in hex. */
  readonly hash: string;
  /** Of the newest event, or of the journal's beginning. */
  readonly time: string;
}

/** Ends a block: what one write holds. */
export interface Block {
  readonly block: number;
  readonly prev: string;
  /**
   * SHA-256 of the 64 hex digits of `prev` followed by every whole line since the line of the block before, so
   * that event and checkpoint lines are both covered.
   */
  readonly hash: string;
  readonly events: number;
}

/** A signed statement that the chain stood there. */
export interface Checkpoint extends ChainPoint {
  /** Ed25519, base64, of the line without this member. */
  readonly signature: string;
}

export const genesisHash = '0'.repeat(64);

export const eventPrefix = '{"seq":';
export const blockPrefix = '{"block":';
export const checkpointPrefix = '{"checkpoint":';

const blockPattern =
  /^\{"block":(\d{1,15}),"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","events":(\d{1,9})\}$/;
const checkpointPattern =
  /^\{"checkpoint":(\d{1,15}),"seq":(\d{1,15}),"hash":"([0-9a-f]{64})","time":"([-0-9T:.Z+]{20,30})","signature":"([A-Za-z0-9+/=]{88})"\}$/;
const stampPattern = /^\{"seq":(\d{1,15}),"time":"([-0-9T:.Z+]{20,30})",/;
/** More than any stamp is long. */
const stampBytesMax = 80;

/** Ends in a line feed, as every line below. */
export function blockLine({ block, prev, hash, events }: Block): string {
  return `{"block":${block},"prev":"${prev}","hash":"${hash}","events":${events}}\n`;
}

/** Undefined where the line is not written exactly as `blockLine` does. */
export function parseBlock(line: string): Block | undefined {
  const [, block, prev, hash, events] = blockPattern.exec(line) ?? [];
  if (block === undefined || prev === undefined || hash === undefined || events === undefined)
    return undefined;
  const parsed = { block: Number(block), prev, hash, events: Number(events) };
  return blockLine(parsed) === `${line}\n` ? parsed : undefined;
}

export function checkpointLine(point: ChainPoint, privateKey: KeyObject): string {
  const signed = statement(point);
  const signature = sign(null, Buffer.from(signed), privateKey).toString('base64');
  return render(signed, signature);
}

/** Undefined where the line is not written exactly as `checkpointLine` does; says nothing of the signature. */
export function parseCheckpoint(line: string): Checkpoint | undefined {
  const [, block, seq, hash, time, signature] = checkpointPattern.exec(line) ?? [];
  if (block === undefined || seq === undefined || hash === undefined) return undefined;
  if (time === undefined || signature === undefined) return undefined;
  const parsed = { block: Number(block), seq: Number(seq), hash, time, signature };
  return render(statement(parsed), signature) === `${line}\n` ? parsed : undefined;
}

export function signatureHolds(checkpoint: Checkpoint, publicKey: KeyObject): boolean {
  const signature = Buffer.from(checkpoint.signature, 'base64');
  return verify(null, Buffer.from(statement(checkpoint)), publicKey, signature);
}

/** `seq` and `time` of an event line, without reading the rest of it. */
export function stampOf(line: Buffer): { seq: number; time: string } | undefined {
  const [, seq, time] = stampPattern.exec(line.toString('latin1', 0, stampBytesMax)) ?? [];
  return seq === undefined || time === undefined ? undefined : { seq: Number(seq), time };
}

function statement({ block, seq, hash, time }: ChainPoint): string {
  return `{"checkpoint":${block},"seq":${seq},"hash":"${hash}","time":"${time}"}`;
}

function render(signed: string, signature: string): string {
  return `${signed.slice(0, -1)},"signature":"${signature}"}\n`;
}
