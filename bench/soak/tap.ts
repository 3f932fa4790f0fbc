import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Transform } from 'node:stream';

import { secretBytesMax, secretIn } from './shop.ts';

/** After how many bytes from which side a connection is cut, and whether by a reset. */
export interface Cut {
  readonly bytes: number;
  readonly from: 'client' | 'gateway';
  readonly reset: boolean;
}

/** Stands between one client and the gateway: sees every byte that the client gets, and cuts its line where told. */
export interface Tap {
  readonly port: number;
  /** Told for the next connection; none: it stays. */
  next: Cut | undefined;
  /** Connections that were cut so far. */
  readonly cuts: number;
  /** What came from the gateway so far. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** @param leaked is told of a hidden value that came through */
export async function openTap(gatewayPort: number, leaked: (what: string) => void): Promise<Tap> {
  const open = new Set<Socket>();
  const state = { next: undefined as Cut | undefined, cuts: 0, bytes: 0 };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const cut = state.next;
    state.next = undefined;
    const gateway = connect({ port: gatewayPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const end = (): void => {
      client.destroy();
      gateway.destroy();
    };
    for (const socket of [client, gateway]) {
      open.add(socket);
      socket.on('error', end);
      socket.once('close', () => {
        open.delete(socket);
        end();
      });
    }
    const sever = (): void => {
      state.cuts += 1;
      if (cut?.reset === true) gateway.resetAndDestroy();
      end();
    };
    const meter = (side: Cut['from'], look: (chunk: Buffer) => void): Transform =>
      metered(cut?.from === side ? cut.bytes : Number.POSITIVE_INFINITY, look, sever);
    let carry: Buffer = Buffer.alloc(0);
    const inspect = (chunk: Buffer): void => {
      state.bytes += chunk.length;
      const seen = Buffer.concat([carry, chunk]);
      carry = seen.subarray(Math.max(0, seen.length - secretBytesMax));
      const secret = secretIn(seen);
      if (secret !== undefined) leaked(secret);
    };
    gateway.pipe(meter('gateway', inspect)).pipe(client);
    client.pipe(meter('client', () => undefined)).pipe(gateway);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

/** Lets so many bytes through, shows them to `look`, and calls `over` at the one behind them. */
function metered(bytes: number, look: (chunk: Buffer) => void, over: () => void): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const whole = chunk.length <= left;
      const part = whole ? chunk : chunk.subarray(0, left);
      left -= part.length;
      look(part);
      this.push(part);
      // Nothing comes behind it: `done` is not called.
      if (whole) done();
      else setImmediate(over);
    },
  });
}
