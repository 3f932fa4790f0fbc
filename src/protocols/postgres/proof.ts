import type { Socket } from 'node:net';

import { SallyportError } from '../../core/errors.ts';
import {
  encodeAuthenticationCleartextPassword,
  encodeAuthenticationSASL,
  encodeAuthenticationSASLContinue,
} from '../../wire/postgres/backend-login.ts';
import { FrameSplitter } from '../../wire/postgres/frames.ts';
import {
  FrontendType,
  decodePassword,
  decodeSASLInitialResponse,
  decodeSASLResponse,
} from '../../wire/postgres/frontend.ts';
import { frontendBytesMax } from '../../wire/postgres/limits.ts';
import { decodeBearerProof, encodeBearerRefusal, oauthBearer } from '../../wire/postgres/oauthbearer.ts';
import { nextChunk } from './chunks.ts';

/** How a client has shown who it is. */
export interface Proof {
  readonly token: string;
  /** Says in the words of the client's mechanism that the token does not hold. An ErrorResponse must follow. */
  decline(): Promise<void>;
}

/**
 * A client cannot say which mechanism it speaks, and one that is offered what it does not know leaves. So a name that
 * nobody needs, as the gateway looks at none, stands for SASL; all others are asked for a password, which every
 * driver has.
 */
const oauthUser = 'oauth';

/**
 * Asks for it. Undefined: the client left.
 * @param discoveryUrl where clients learn how to get a token
 * @throws SallyportError, WireError
 */
export function askForProof(
  socket: Socket,
  user: string | undefined,
  discoveryUrl: string | undefined,
): Promise<Proof | undefined> {
  return user === oauthUser ? askForBearer(socket, discoveryUrl) : askForPassword(socket);
}

async function askForPassword(socket: Socket): Promise<Proof | undefined> {
  socket.write(encodeAuthenticationCleartextPassword());
  const token = await readReply(socket, decodePassword);
  return token === undefined ? undefined : { token, decline: async () => undefined };
}

/** SASL OAUTHBEARER (RFC 7628), as PostgreSQL 18 speaks it. */
async function askForBearer(socket: Socket, discoveryUrl: string | undefined): Promise<Proof | undefined> {
  socket.write(encodeAuthenticationSASL([oauthBearer]));
  const first = await readReply(socket, decodeSASLInitialResponse);
  if (first === undefined) return undefined;
  if (first.mechanism !== oauthBearer || first.data === null) {
    throw new SallyportError('protocol', `Sallyport: ${oauthBearer} was offered, with a first response`);
  }
  const proof = decodeBearerProof(first.data);
  // §3.2.3: the client answers a refusal, whatever it says, before the exchange fails.
  const decline = async (): Promise<void> => {
    socket.write(encodeAuthenticationSASLContinue(encodeBearerRefusal(discoveryUrl)));
    await readReply(socket, decodeSASLResponse);
  };
  if ('token' in proof) return { token: proof.token, decline };
  await decline();
  throw new SallyportError('unauthenticated', 'Sallyport: no token came', {
    hint: 'Get one where "openid-configuration" says, and connect again with it; libpq does so by itself.',
  });
}

/** The next message of the login, made something of by `decode`; undefined where the client has left. */
async function readReply<T>(
  socket: Socket,
  decode: (buffer: Buffer, start: number, end: number) => T,
): Promise<T | undefined> {
  const bytesMax = frontendBytesMax(0);
  const splitter = new FrameSplitter({
    side: 'client',
    bytesMax: (type) =>
      type === FrontendType.Password || type === FrontendType.Terminate ? bytesMax(type) : 0,
  });
  let reply: { readonly is: T } | undefined;
  let left = false;
  const sink = {
    frame(type: number, buffer: Buffer, start: number, end: number): void {
      if (type === FrontendType.Terminate) left = true;
      else if (reply === undefined) reply = { is: decode(buffer, start, end) };
      else throw new SallyportError('protocol', 'Sallyport: a second answer to one question');
    },
  };
  while (reply === undefined && !left) {
    const chunk = await nextChunk(socket);
    if (chunk === undefined) return undefined;
    splitter.push(chunk, sink);
  }
  if (splitter.bufferedBytes > 0)
    throw new SallyportError('protocol', 'Sallyport: bytes before the login was answered');
  return reply?.is;
}
