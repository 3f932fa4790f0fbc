import { SallyportError } from '../../core/errors.ts';
import type { RequestCredential, SessionCredential } from '../../core/ports.ts';
import type { HttpAddress } from '../../core/target.ts';
import { EventStreamFault, EventStreamReader } from '../../wire/mcp/event-stream.ts';
import { messageText, readFromServer, RpcFault, type Message } from '../../wire/mcp/json-rpc.ts';
import { bodyKind } from '../../wire/http/media-type.ts';
import type { Field } from '../../wire/http/headers.ts';
import type { Upstreams } from '../http/upstream.ts';

/** Of an answer in one piece. */
const answerBytesMax = 16 * 1024 * 1024;

/** What came from a server, and where it stands in the stream that it came on. */
export interface FromServer {
  /** Undefined: an event without one, by which a client can come back. */
  readonly message: Message | undefined;
  readonly eventId?: string | undefined;
  readonly retryMs?: number | undefined;
}

export interface Answered {
  readonly status: number;
  /** What the server calls the session that this has begun. */
  readonly session?: string;
  readonly messages: AsyncIterable<FromServer>;
}

export interface Sending {
  readonly fields: readonly Field[];
  readonly signal: AbortSignal;
}

/** A way to one server. What goes over it has been decided on. */
export interface Link {
  /** What no client may see of how the gateway logs in. */
  readonly secrets: readonly string[];
  /** Whether its client has to name the session in what follows. */
  readonly keepsSession: boolean;
  /** It leads nowhere any more: its program has ended. */
  readonly isOver: boolean;
  send(message: Message, sending: Sending): Promise<Answered>;
  /** What the server has to say by itself; `lastEventId`: since then. */
  listen(lastEventId: string | undefined, sending: Sending): Promise<Answered>;
  /** The session is over. */
  end(): Promise<void>;
}

/** A server that speaks Streamable HTTP. */
export class HttpLink implements Link {
  readonly #upstreams: Upstreams;
  readonly #streams: Upstreams;
  readonly #address: HttpAddress;
  readonly #credential: SessionCredential;
  #session: string | undefined;
  secrets: readonly string[] = [];
  readonly isOver = false;

  /** `streams`: for what stays open, so that calls never wait for a connection that somebody listens on. */
  constructor(
    { upstreams, streams }: { readonly upstreams: Upstreams; readonly streams: Upstreams },
    address: HttpAddress,
    credential: SessionCredential,
  ) {
    this.#upstreams = upstreams;
    this.#streams = streams;
    this.#address = address;
    this.#credential = credential;
  }

  get keepsSession(): boolean {
    return this.#session !== undefined;
  }

  async send(message: Message, { fields, signal }: Sending): Promise<Answered> {
    const body = Buffer.from(messageText(message));
    const own: Field[] = [
      ['content-type', 'application/json'],
      ['accept', 'application/json, text/event-stream'],
      ['content-length', String(body.length)],
    ];
    const stays = message.kind === 'request' && message.method === 'subscriptions/listen';
    return this.#ask(stays ? this.#streams : this.#upstreams, 'POST', [...own, ...fields], body, signal);
  }

  listen(lastEventId: string | undefined, { fields, signal }: Sending): Promise<Answered> {
    const since: Field[] = lastEventId === undefined ? [] : [['last-event-id', lastEventId]];
    return this.#ask(
      this.#streams,
      'GET',
      [['accept', 'text/event-stream'], ...since, ...fields],
      null,
      signal,
    );
  }

  async end(): Promise<void> {
    if (this.#session === undefined) return;
    const { messages } = await this.#ask(this.#upstreams, 'DELETE', [], null, AbortSignal.timeout(5_000));
    for await (const _ of messages);
  }

  async #ask(
    upstreams: Upstreams,
    method: string,
    fields: readonly Field[],
    body: Buffer | null,
    signal: AbortSignal,
  ): Promise<Answered> {
    const credential = await this.#credential.now();
    this.secrets = credential.secrets;
    const session: Field[] = this.#session === undefined ? [] : [['mcp-session-id', this.#session]];
    const {
      statusCode: status,
      headers,
      body: stream,
    } = await upstreams.request(this.#address, {
      asked: { ...here(this.#address), method },
      fields: withoutOwn([['accept-encoding', 'identity'], ...session, ...fields], credential),
      credential,
      body,
      signal,
    });
    const one = (name: string): string | undefined => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    if (status === 401) this.#credential.refused(credential);
    const kind = bodyKind(one('content-type'));
    if (status === 401 || status === 403 || (status >= 300 && status < 400)) {
      await stream.dump();
      throw new SallyportError(
        'upstream_unavailable',
        `Sallyport: the server answered ${status} to the gateway`,
        {
          hint: 'Tell whoever runs the gateway: it may need another credential, or another address.',
        },
      );
    }
    const found = one('mcp-session-id');
    if (found !== undefined && status < 300) this.#session = found;
    return {
      status,
      ...(found === undefined ? {} : { session: found }),
      messages:
        (one('content-encoding') ?? 'identity') === 'identity' ? messagesOf(stream, kind) : unreadable(),
    };
  }
}

/** The endpoint as it stands in the configuration. */
function here({ url }: HttpAddress): Parameters<Upstreams['request']>[1]['asked'] {
  const path = new URL(url).pathname === '/' ? '/' : '';
  const way = { by: 'path', prefix: '' } as const;
  return { method: '', path, query: '', fields: [], target: '', way, client: '', token: '' };
}

function withoutOwn(fields: readonly Field[], { headers }: RequestCredential): Field[] {
  const own = new Set([...headers.keys()].map((name) => name.toLowerCase()));
  return fields.filter(([name]) => !own.has(name.toLowerCase()));
}

async function* messagesOf(
  stream: AsyncIterable<Buffer>,
  kind: ReturnType<typeof bodyKind>,
): AsyncGenerator<FromServer> {
  try {
    if (kind === 'events') yield* events(stream);
    else if (kind === 'json') yield* document(stream);
    else for await (const _ of stream);
  } catch (error) {
    if (error instanceof RpcFault || error instanceof EventStreamFault) throw noMessage(error);
    throw error;
  }
}

async function* events(stream: AsyncIterable<Buffer>): AsyncGenerator<FromServer> {
  const reader = new EventStreamReader();
  for await (const chunk of stream) {
    for (const { id: eventId, retryMs, data, event } of reader.push(chunk)) {
      if (data === '') yield { message: undefined, eventId, retryMs };
      else if (event === undefined || event === 'message') {
        for (const message of readFromServer(data)) yield { message, eventId, retryMs };
      }
    }
  }
}

async function* document(stream: AsyncIterable<Buffer>): AsyncGenerator<FromServer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) {
      throw new SallyportError('too_large', `Sallyport: an answer may have ${answerBytesMax} bytes`, {
        hint: 'Ask for less at a time.',
      });
    }
    chunks.push(chunk);
  }
  if (bytes > 0) for (const message of readFromServer(Buffer.concat(chunks))) yield { message };
}

// eslint-disable-next-line require-yield
async function* unreadable(): AsyncGenerator<FromServer> {
  throw new SallyportError(
    'upstream_protocol',
    'Sallyport: the answer of the server is encoded, which nobody asked for',
  );
}

function noMessage(cause: unknown): SallyportError {
  return new SallyportError('upstream_protocol', 'Sallyport: the server does not speak MCP as it should', {
    cause,
  });
}
