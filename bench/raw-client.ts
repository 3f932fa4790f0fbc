import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

import { decodeAuthentication } from '../src/wire/postgres/backend-login.ts';
import { BackendType, decodeErrorFields } from '../src/wire/postgres/backend.ts';
import { FrameSplitter, headerBytes } from '../src/wire/postgres/frames.ts';
import {
  encodePassword,
  encodeQuery,
  encodeSASLInitialResponse,
  encodeSASLResponse,
  encodeStartup,
  encodeTerminate,
} from '../src/wire/postgres/frontend.ts';
import { ScramClient } from '../src/wire/postgres/scram.ts';

export interface Place {
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
}

const readBytes = 256 * 1024;
/** Enough for ReadyForQuery and the CommandComplete before it. */
const tailBytes = 64;
/** ReadyForQuery, idle: the last bytes of every answer here. */
const readyForQuery = Buffer.from('Z\0\0\0\x05I', 'latin1');

/** A client that costs next to nothing, so that what is measured is what it talks to. */
export class RawClient {
  readonly #socket: Socket;
  readonly #tail = Buffer.alloc(tailBytes);
  #receive: (bytes: Buffer) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  private constructor(port: number, bufferBytes: number) {
    const buffer = Buffer.allocUnsafe(bufferBytes);
    const callback = (length: number): true => {
      this.#receive(buffer.subarray(0, length));
      return true;
    };
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  /** Connects and logs in, as far as the first ReadyForQuery. */
  static async open({ port, user, database, password }: Place, bufferBytes = readBytes): Promise<RawClient> {
    const client = new RawClient(port, bufferBytes);
    const splitter = new FrameSplitter({ side: 'upstream', bytesMax: () => 64 * 1024 });
    let scram: ScramClient | undefined;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const authenticate = (asked: ReturnType<typeof decodeAuthentication>): void => {
      if (asked.kind === 'CleartextPassword') client.#socket.write(encodePassword(password));
      if (asked.kind === 'SASL') {
        scram = new ScramClient({ password, nonce: randomBytes(18).toString('base64') });
        client.#socket.write(encodeSASLInitialResponse('SCRAM-SHA-256', scram.first()));
      }
      if (asked.kind === 'SASLContinue' && scram !== undefined)
        client.#socket.write(encodeSASLResponse(scram.continue(asked.data)));
    };
    const frame = (type: number, buffer: Buffer, start: number, end: number): void => {
      if (type === BackendType.ReadyForQuery) resolve();
      if (type === BackendType.Authentication) authenticate(decodeAuthentication(buffer, start, end));
      if (type === BackendType.ErrorResponse)
        reject(new Error(decodeErrorFields(buffer, start, end).get('M')));
    };
    client.#fail = reject;
    client.#receive = (bytes) => splitter.push(bytes, { frame });
    client.#socket.write(encodeStartup(Object.entries({ user, database })));
    await promise;
    return client;
  }

  /** Sends a statement and reads its answer to the end; the bytes of the answer. */
  async query(text: string): Promise<number> {
    return this.ask(encodeQuery(text));
  }

  /**
   * Sends messages that one ReadyForQuery ends and reads the answer to it; the bytes of the answer.
   * @param look is given the first bytes that come, good until it returns; it may throw
   * @throws Error where the answer begins with an error, or with one behind other messages in the first bytes
   */
  async ask(messages: Buffer, look?: (first: Buffer) => void): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    let total = 0;
    this.#fail = reject;
    this.#receive = (bytes) => {
      if (total === 0) {
        try {
          checkNoError(bytes);
          look?.(bytes);
        } catch (error) {
          return reject(error);
        }
      }
      total += bytes.length;
      if (this.#ends(bytes)) resolve(total);
    };
    this.#socket.write(messages);
    return promise;
  }

  /** Whether the last answer ended with this CommandComplete (`SELECT 1000000`). */
  endedWith(tag: string): boolean {
    return this.#tail.includes(`${tag}\0Z`);
  }

  /** Says goodbye and waits until the other side has closed. */
  async close(): Promise<void> {
    this.#fail = () => undefined;
    const closed = once(this.#socket, 'close');
    this.#socket.end(encodeTerminate());
    await closed;
  }

  #ends(bytes: Buffer): boolean {
    const tail = this.#tail;
    if (bytes.length >= tail.length) bytes.copy(tail, 0, bytes.length - tail.length);
    else {
      tail.copyWithin(0, bytes.length);
      bytes.copy(tail, tail.length - bytes.length);
    }
    return tail.subarray(-readyForQuery.length).equals(readyForQuery);
  }
}

/** @throws Error where an ErrorResponse is whole in these bytes, which begin with a message */
function checkNoError(bytes: Buffer): void {
  for (let at = 0; at + headerBytes <= bytes.length;) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) return;
    if (bytes[at] === BackendType.ErrorResponse) throw new Error(decodeErrorFields(bytes, at, end).get('M'));
    at = end;
  }
}
