import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { SallyportError } from '../../core/errors.ts';
import type { McpProcess } from '../../core/target.ts';
import { isObject } from '../../wire/mcp/exact-json.ts';
import {
  messageText,
  readFromServer,
  RpcFault,
  type Id,
  type Message,
  type Params,
} from '../../wire/mcp/json-rpc.ts';
import { metaKeys } from '../../wire/mcp/revisions.ts';
import { EchoFilter } from '../../masking/echo.ts';
import type { Log } from '../protocol.ts';
import type { Answered, FromServer, Link, Sending } from './link.ts';
import { Mailbox } from './mailbox.ts';

/** Of a line, which is one message. */
const lineBytesMax = 16 * 1024 * 1024;
/** What waits for a program that does not read. */
const waitingBytesMax = 8 * 1024 * 1024;
/** What it says for people, which is shown where it ends by itself. */
const saidCharsMax = 4_096;
/** From the first word to end to the last. */
const endMs = 2_000;

/** Of one process of the gateway's. */
const programsMax = 500;
let running = 0;

type Program = ChildProcessByStdio<Writable, Readable, Readable>;

/** A request of a client's at the program, under an id of the gateway's own. */
interface Asked {
  readonly id: Id;
  readonly token: unknown;
  readonly box: Mailbox<FromServer>;
}

/**
 * A program that speaks MCP over its standard input and output, in a group of processes of its own. Requests of several
 * clients' ids meet here, so each goes under an id of the gateway's own; so do the tokens of progress.
 */
export class ProcessLink implements Link {
  readonly secrets: readonly string[];
  readonly keepsSession = true;
  readonly #address: McpProcess;
  readonly #environment: ReadonlyMap<string, string>;
  #program: Program | undefined;
  readonly #log: Log;
  readonly #asked = new Map<number, Asked>();
  /** Who listens to what the program says by itself; what it says while nobody does is lost. */
  readonly #listening = new Set<Mailbox<FromServer>>();
  #over: Promise<void> = Promise.resolve();
  #last = 0;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #said = '';
  #isEnding = false;
  #failure: SallyportError | undefined;

  /** `environment`: its secrets. Nothing runs before the first message is sent, which has been decided on. */
  constructor(address: McpProcess, environment: ReadonlyMap<string, string>, log: Log) {
    this.secrets = [...environment.values()];
    this.#address = address;
    this.#environment = environment;
    this.#log = log;
  }

  get isOver(): boolean {
    return this.#failure !== undefined || this.#isEnding;
  }

  send(message: Message, { signal }: Sending): Promise<Answered> {
    if (this.#isEnding) return Promise.reject(ended());
    this.#program ??= this.#start();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (message.kind !== 'request') {
      const own = message.kind === 'notification' ? this.#cancelling(message) : message;
      if (own !== undefined) this.#write(own);
      return Promise.resolve({ status: 202, messages: nothing() });
    }
    const id = ++this.#last;
    const box = new Mailbox<FromServer>(() => this.#asked.delete(id));
    const { params, token } = this.#ownToken(message.params, id);
    this.#asked.set(id, { id: message.id, token, box });
    signal.addEventListener('abort', () => this.#given(id, signal.reason), { once: true });
    this.#write({ ...message, id, params });
    return Promise.resolve({ status: 200, messages: box });
  }

  listen(lastEventId: string | undefined, { signal }: Sending): Promise<Answered> {
    if (lastEventId !== undefined) return Promise.resolve({ status: 405, messages: nothing() });
    const box: Mailbox<FromServer> = new Mailbox(() => this.#listening.delete(box));
    signal.addEventListener('abort', () => box.end(), { once: true });
    this.#listening.add(box);
    return Promise.resolve({ status: 200, messages: box });
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    for (const { box } of this.#asked.values()) box.end(ended());
    for (const box of this.#listening) box.end();
    this.#program?.stdin.end();
    this.#signal('SIGTERM');
    const late = setTimeout(() => this.#signal('SIGKILL'), endMs);
    await this.#over;
    clearTimeout(late);
    // What the program has started and left behind.
    this.#signal('SIGKILL');
  }

  #start(): Program {
    if (running >= programsMax) throw tooMany();
    const [name = '', ...parameters] = this.#address.command;
    const program = spawn(name, parameters, {
      cwd: this.#address.folder,
      env: { ...inherited(), ...this.#address.environment, ...Object.fromEntries(this.#environment) },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    running += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#over = promise;
    program.once('error', (cause) => this.#fail(cause));
    program.once('close', (code, signal) => {
      running -= 1;
      if (!this.#isEnding) this.#fail(new Error(`it ended by itself: ${signal ?? code ?? 'at once'}`));
      resolve();
    });
    program.stdin.on('error', () => undefined);
    program.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    program.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-saidCharsMax);
    });
    return program;
  }

  /** The client of a request has gone: whatever comes for it is for nobody. */
  #given(id: number, reason: unknown): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    asked.box.end(reason instanceof Error ? reason : ended());
    this.#write({ kind: 'notification', method: 'notifications/cancelled', params: { requestId: id } });
  }

  /** With the id that the program knows; undefined where it has no such request. */
  #cancelling(message: Extract<Message, { kind: 'notification' }>): Message | undefined {
    if (message.method !== 'notifications/cancelled') return message;
    const [own] = [...this.#asked].find(([, { id }]) => id === message.params['requestId']) ?? [];
    return own === undefined ? undefined : { ...message, params: { ...message.params, requestId: own } };
  }

  #ownToken(params: Params, id: number): { readonly params: Params; readonly token: unknown } {
    const { _meta: meta } = params;
    if (!isObject(meta) || meta['progressToken'] === undefined) return { params, token: undefined };
    return { params: { ...params, _meta: { ...meta, progressToken: id } }, token: meta['progressToken'] };
  }

  #write(message: Message): void {
    const stdin = this.#program?.stdin;
    if (stdin === undefined) return;
    if (stdin.writableLength > waitingBytesMax) this.#fail(new Error('it does not read'));
    else if (stdin.writable) stdin.write(`${messageText(message)}\n`);
  }

  #take(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
      const line = Buffer.concat([...this.#rest, chunk.subarray(from, at)]);
      [this.#rest, this.#restBytes, from] = [[], 0, at + 1];
      this.#line(line);
    }
    if (from === chunk.length) return;
    this.#rest.push(Buffer.from(chunk.subarray(from)));
    this.#restBytes += chunk.length - from;
    if (this.#restBytes > lineBytesMax) this.#fail(new Error('a line is too long'));
  }

  #line(line: Buffer): void {
    if (line.every((byte) => byte <= 0x20)) return;
    try {
      for (const message of readFromServer(line)) this.#deliver(message, line.length);
    } catch (error) {
      // Some print what is no message: that is theirs alone.
      if (!(error instanceof RpcFault)) throw error;
    }
  }

  #deliver(message: Message, bytes: number): void {
    if (message.kind === 'response') {
      const asked = typeof message.id === 'number' ? this.#asked.get(message.id) : undefined;
      asked?.box.put({ message: { ...message, id: asked.id } }, bytes);
      asked?.box.end();
      return;
    }
    const asked = this.#about(message.params);
    if (asked !== undefined) return asked.box.put({ message: withIds(message, asked) }, bytes);
    // A question is for whoever waits for an answer, the last one first; anything else for whoever listens.
    const boxes = message.kind === 'request' ? [...this.#asked.values()].map(({ box }) => box).slice(-1) : [];
    const [box] = [...this.#listening, ...boxes];
    box?.put({ message }, bytes);
  }

  /** The request that a notification is about, if it says so. */
  #about(params: Params): Asked | undefined {
    const { progressToken, _meta: meta } = params;
    const subscription = isObject(meta) ? meta[metaKeys.subscription] : undefined;
    const id = progressToken ?? subscription;
    return typeof id === 'number' ? this.#asked.get(id) : undefined;
  }

  #fail(cause: Error): void {
    if (this.#failure !== undefined) return;
    const said = new EchoFilter(this.secrets).text(this.#said).text;
    this.#log.warn({ err: cause, said }, 'a program of an MCP target failed');
    this.#failure = new SallyportError(
      'upstream_unavailable',
      'Sallyport: the program of this target does not run',
      {
        hint: 'Begin another session. If it stays so, tell whoever runs the gateway: the log says why.',
      },
    );
    for (const { box } of this.#asked.values()) box.end(this.#failure);
    for (const box of this.#listening) box.end();
    this.#signal('SIGKILL');
  }

  /** To the program and all that it has started. */
  #signal(name: NodeJS.Signals): void {
    const pid = this.#program?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // It is gone already.
    }
  }
}

function withIds<M extends Exclude<Message, { kind: 'response' }>>(message: M, { id, token }: Asked): M {
  const { params } = message;
  const { _meta: meta } = params;
  const isProgress = params['progressToken'] !== undefined;
  const own =
    isObject(meta) && meta[metaKeys.subscription] !== undefined
      ? { _meta: { ...meta, [metaKeys.subscription]: id } }
      : {};
  return { ...message, params: { ...params, ...own, ...(isProgress ? { progressToken: token } : {}) } };
}

/** Of the gateway's environment, what no program can do without; there may be secrets in the rest. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TZ'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

async function* nothing(): AsyncGenerator<FromServer> {}

function tooMany(): SallyportError {
  return new SallyportError('shutting_down', 'Sallyport: too many programs run', {
    hint: 'Try again later.',
  });
}

function ended(): SallyportError {
  return new SallyportError('closed', 'Sallyport: the session is over');
}
