import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { SallyportError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import type { McpTarget } from '../../core/target.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import { MaskKeys } from '../../masking/keys.ts';
import { ToolMasks, ToolTokens } from '../../masking/tool-masks.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { Upstreams } from '../http/upstream.ts';
import type { ProtocolParts } from '../protocol.ts';
import { boundTo, detectorsOf, TokenSessions, type Kept } from '../token-sessions.ts';
import { Catalog } from './catalog.ts';
import { HttpLink, type Link } from './link.ts';
import { ProcessLink } from './process-link.ts';

/** Of one session of the gateway's: clients seldom say that they have ended one, so the one longest unused makes room. */
const conversationsMax = { http: 200, process: 20 } as const;
/** More requests than these in one conversation, or with more in their names and values, cannot be come back to. */
const rememberedMax = 10_000;
const rememberedCharsMax = 1024 * 1024;

/** A request of a client's, as whatever answers it must be looked at. */
export interface Remembered {
  readonly method: string;
  /** What it is about, with its kind: `tool:lookup`. */
  readonly names: readonly string[];
  readonly plan: MaskPlan;
  /** What stood in place of tokens. */
  readonly values: readonly string[];
  readonly command: number;
}

/** One client's talk with a server: of a session that the two have agreed on, or of requests that stand alone. */
export class Conversation {
  readonly link: Link;
  readonly catalog: Catalog;
  /** What its client calls it; undefined for requests that stand alone. */
  readonly id: string | undefined;
  /** The revision that was agreed on. */
  revision: string | undefined;
  /** Requests under way, by id. */
  readonly running = new Map<string, AbortController>();
  /** Streams that its client listens on. */
  listening = 0;
  /** What the server has asked and the client has not answered, by id: the number of the command. */
  readonly asked = new Map<string, number>();
  readonly #remembered = new Map<string, Remembered>();
  #rememberedChars = 0;
  #forgets = false;
  readonly #key = randomBytes(32);

  constructor(link: Link, catalog: Catalog, id?: string) {
    this.link = link;
    this.catalog = catalog;
    this.id = id;
  }

  /** @throws SallyportError `conflict` for an id that has been used: an answer to it could be looked at as another's */
  remember(id: string, request: Remembered): void {
    if (this.id === undefined || this.#forgets) return;
    if (this.#remembered.has(id)) {
      throw new SallyportError('conflict', 'Sallyport: a request with this id came before in this session', {
        hint: 'Give each request an id of its own.',
      });
    }
    this.#remembered.set(id, request);
    for (const text of [id, ...request.names, ...request.values]) this.#rememberedChars += text.length;
    if (this.#remembered.size < rememberedMax && this.#rememberedChars < rememberedCharsMax) return;
    this.#forgets = true;
    this.#remembered.clear();
  }

  /** What an answer, come by whatever stream, is an answer to. */
  recall(id: string): Remembered | undefined {
    return this.#remembered.get(id);
  }

  /**
   * An event's id as the client gets it: of no use in any other conversation. `of`: the request whose stream it is of;
   * absent: what the server says by itself.
   */
  eventId(id: string | undefined, of?: Remembered): string | undefined {
    if (id === undefined || this.id === undefined) return undefined;
    const command = String(of?.command ?? '');
    const proof = this.#proof(id, command).toString('base64url');
    return [Buffer.from(id).toString('base64url'), command, proof].join('.');
  }

  /**
   * The server's id of an event, and the request whose stream it was of, by which the rest of that is looked at.
   * @throws SallyportError `protocol` where this conversation has not given it out; `conflict` where it knows no more
   *   of which request it was
   */
  cameFrom(id: string): { readonly serversId: string; readonly of: Remembered | undefined } {
    const [text = '', command = '', proof = ''] = id.split('.');
    const serversId = Buffer.from(text, 'base64url').toString();
    const given = Buffer.from(proof, 'base64url');
    const wanted = this.#proof(serversId, command);
    if (this.id === undefined || given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      throw new SallyportError('protocol', 'Sallyport: this Last-Event-ID is of no stream of this session');
    }
    if (command === '') return { serversId, of: undefined };
    const of = [...this.#remembered.values()].find((request) => String(request.command) === command);
    if (of !== undefined) return { serversId, of };
    throw new SallyportError('conflict', 'Sallyport: this stream was too long ago to come back to', {
      hint: 'Begin another session: send initialize without Mcp-Session-Id.',
    });
  }

  #proof(id: string, command: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([id, command]))
      .digest()
      .subarray(0, 16);
  }
}

interface Needs {
  readonly masks: () => ToolMasks;
  readonly tokens: () => ToolTokens;
  readonly detect: () => DetectorSet | undefined;
  /** For requests that stand alone; made when first asked for. */
  readonly alone: () => Promise<Conversation>;
  /** By the id that its client has. */
  readonly conversations: Map<string, Conversation>;
  /** The one that its client calls so, which is used now. */
  readonly find: (id: string) => Conversation | undefined;
  /** For a session that a client begins; it must be ended where it comes to nothing. @throws SallyportError */
  readonly begin: () => Promise<Conversation>;
  readonly end: (conversation: Conversation) => Promise<void>;
}

export type McpSession = Kept<'mcp', Needs>;

/** All sessions on MCP targets, by token and target. */
export class McpSessions extends TokenSessions<'mcp', Needs> {
  readonly #ways: Ways;

  constructor(parts: ProtocolParts) {
    const ways = {
      parts,
      upstreams: new Upstreams(),
      streams: new Upstreams(),
      ending: new Set<Promise<void>>(),
    };
    super(parts, 'mcp', (session) => needsOf(ways, session));
    this.#ways = ways;
  }

  /** When no program runs any more, either. */
  override async close(): Promise<void> {
    await super.close();
    await Promise.allSettled(this.#ways.ending);
    await this.#ways.upstreams.close();
    await this.#ways.streams.close();
  }
}

/** What leads to servers. */
interface Ways {
  readonly parts: ProtocolParts;
  readonly upstreams: Upstreams;
  /** For what stays open. */
  readonly streams: Upstreams;
  /** Programs that are being ended. */
  readonly ending: Set<Promise<void>>;
}

async function needsOf(ways: Ways, session: Session<McpTarget>): Promise<Needs> {
  const { parts } = ways;
  const keys = new MaskKeys(parts.maskKey, session.target.name);
  const linkTo = await linker(ways, session);
  const conversations = new Map<string, Conversation>();
  const open = new Set<Conversation>();
  const catalog = (): Catalog => new Catalog(parts, () => session.target);
  let alone: Promise<Conversation> | undefined;
  const end = async (conversation: Conversation): Promise<void> => {
    open.delete(conversation);
    if (conversation.id !== undefined) conversations.delete(conversation.id);
    await conversation.link.end();
  };
  return {
    masks: boundTo(session, ({ valueLabels }) => new ToolMasks(keys, valueLabels)),
    tokens: boundTo(session, ({ sensitive, valueLabels }) => new ToolTokens(sensitive, valueLabels, keys)),
    detect: detectorsOf(session, keys),
    alone: async () => {
      const made = alone;
      const found = await made;
      if (found !== undefined && !found.link.isOver) return found;
      // Whoever else waited for the one that is over takes the same new one.
      if (alone === made) alone = linkTo().then((link) => new Conversation(link, catalog()));
      return alone ?? Promise.reject(new SallyportError('internal', 'Sallyport: no session'));
    },
    conversations,
    find: (id) => {
      const found = conversations.get(id);
      if (found !== undefined && open.delete(found)) open.add(found);
      return found;
    },
    begin: async () => {
      const max = conversationsMax[session.target.address.kind];
      const idle = [...open].find(({ running, listening }) => running.size === 0 && listening === 0);
      if (open.size >= max) {
        if (idle === undefined) throw tooMany(max);
        await end(idle);
      }
      const conversation = new Conversation(await linkTo(), catalog(), randomBytes(16).toString('base64url'));
      open.add(conversation);
      return conversation;
    },
    end,
  };
}

/** What makes ways to the server, which end with the session. */
async function linker(ways: Ways, session: Session<McpTarget>): Promise<() => Promise<Link>> {
  const { parts, ending } = ways;
  const { target } = session;
  const { name, address, credential } = target;
  if (address.kind === 'http') {
    const login = await parts.requestCredentials.of({ name, credential, address });
    return () => Promise.resolve(new HttpLink(ways, address, login));
  }
  return async () => {
    const environment = await parts.requestCredentials.environment(target);
    session.ended.throwIfAborted();
    const link = new ProcessLink(address, environment, parts.log);
    session.ended.addEventListener('abort', () => {
      const end = link.end();
      ending.add(end);
      void end.finally(() => ending.delete(end));
    });
    return link;
  };
}

function tooMany(max: number): SallyportError {
  return new SallyportError(
    'limit_requests',
    `Sallyport: a client has at most ${max} sessions at work here`,
    {
      hint: 'End one (DELETE), or go on with one that is open.',
    },
  );
}
