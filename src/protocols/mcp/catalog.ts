import { createHash } from 'node:crypto';
import { SallyportError } from '../../core/errors.ts';
import type { McpTarget } from '../../core/target.ts';
import { toolState, type SeenTool, type ToolRecord } from '../../core/tools.ts';
import { canonical, isObject } from '../../wire/mcp/exact-json.ts';
import { isDeceptive, isPlainName, lookAlikes } from '../../wire/mcp/names.ts';
import type { ProtocolParts } from '../protocol.ts';
import type { ReadOnly } from './command.ts';

/** How long a list counts, where the server does not say that it has changed. */
const freshMs = 60_000;
const pagesMax = 20;
const toolsMax = 1_000;

/** A tool as its server describes it now. */
export interface Tool extends SeenTool {
  readonly shown: Readonly<Record<string, unknown>>;
  readonly readOnly: boolean;
  readonly inputSchema: unknown;
}

/** All that a server has listed. */
export interface Listing {
  readonly tools: ReadonlyMap<string, Tool>;
  /** What the first page had beside its tools. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** Asks the server for one page of its tools. */
export type AskPage = (cursor: string | undefined) => Promise<Readonly<Record<string, unknown>>>;

/** The tools of one server, as one conversation sees them. */
export class Catalog {
  readonly #parts: Pick<ProtocolParts, 'clock' | 'journal' | 'tools'>;
  readonly #target: () => McpTarget;
  #listing: Promise<Listing> | undefined;
  #untilMs = 0;

  constructor(parts: Pick<ProtocolParts, 'clock' | 'journal' | 'tools'>, target: () => McpTarget) {
    this.#parts = parts;
    this.#target = target;
  }

  /** The server says that it has others now. */
  changed(): void {
    this.#untilMs = 0;
  }

  /** As of now, or of less than a minute ago. @throws SallyportError, or what `ask` throws */
  async listing(ask: AskPage): Promise<Listing> {
    const nowMs = this.#parts.clock.now();
    if (this.#listing !== undefined && nowMs < this.#untilMs) return this.#listing;
    return this.fresh(ask);
  }

  /** As of now. */
  async fresh(ask: AskPage): Promise<Listing> {
    this.#untilMs = this.#parts.clock.now() + freshMs;
    const listing = this.#read(ask);
    this.#listing = listing;
    listing.catch(() => {
      if (this.#listing === listing) this.#listing = undefined;
    });
    return listing;
  }

  /** Why this tool may not be called by anybody, whatever the rules say; undefined where it may. */
  async refusal(tool: Tool): Promise<SallyportError | undefined> {
    const { name: target } = this.#target();
    const record = await this.#parts.tools.get(target, tool.name);
    const state = record === undefined ? 'new' : toolState({ ...record, digest: tool.digest });
    if (state === 'accepted') return undefined;
    const what = state === 'changed' ? 'has changed since it was accepted' : 'has not been accepted yet';
    return new SallyportError('denied', `Sallyport: the tool ${tool.name} ${what}`, {
      hint: `Whoever watches the gateway looks at it and says: sallyport mcp accept ${target} ${tool.name}. Other tools go on working.`,
    });
  }

  async #read(ask: AskPage): Promise<Listing> {
    const tools = new Map<string, Tool>();
    let cursor: string | undefined;
    let rest: Listing['rest'] | undefined;
    for (let page = 0; page < pagesMax; page++) {
      const { tools: listed, nextCursor, ...more } = await ask(cursor);
      rest ??= more;
      for (const shown of Array.isArray(listed) ? listed : []) {
        const tool = toolOf(shown);
        // A name that stands twice could be decided by one definition and run by the other.
        if (tool !== undefined && tools.has(tool.name)) throw tooMany(`two tools named ${tool.name}`);
        if (tool !== undefined) tools.set(tool.name, tool);
      }
      if (tools.size > toolsMax) throw tooMany(`over ${toolsMax} tools`);
      if (typeof nextCursor !== 'string') {
        await this.#see([...tools.values()]);
        return { tools, rest };
      }
      cursor = nextCursor;
    }
    throw tooMany(`over ${pagesMax} pages of tools`);
  }

  /** Keeps what was seen. The first list of a target counts as it is, but for names and texts that deceive. */
  async #see(tools: readonly Tool[]): Promise<void> {
    const { tools: records, clock, journal } = this.#parts;
    const { name: target, accept } = this.#target();
    const known = new Map((await records.list(target)).map((record) => [record.name, record.digest]));
    const isFirst = known.size === 0 && accept === 'first-list';
    const alike = lookAlikes(tools.map(({ name }) => name));
    const counts = tools.filter(
      ({ name, definition }) => isFirst && !alike.has(name) && !isDeceptive(definition),
    );
    const changed = tools.filter(({ name, digest }) => known.get(name) !== digest);
    if (changed.length === 0) return;
    for (const { name: tool, digest } of counts)
      journal.append({ type: 'tool.accepted', target, tool, digest });
    await journal.commit();
    await records.see(target, changed, new Set(counts.map(({ name }) => name)), clock.now());
  }
}

/** Undefined for what has no name that can be told from others. */
function toolOf(shown: unknown): Tool | undefined {
  if (!isObject(shown)) return undefined;
  const { name, annotations, inputSchema } = shown;
  if (typeof name !== 'string' || !isPlainName(name)) return undefined;
  const definition = canonical(shown);
  return {
    name,
    shown,
    definition,
    digest: createHash('sha256').update(definition).digest('hex'),
    readOnly: isObject(annotations) && annotations['readOnlyHint'] === true,
    inputSchema,
  };
}

/** Tells of tools, as they were accepted, whether they only read. */
export function readOnlyTools(records: readonly ToolRecord[]): ReadOnly {
  const known = new Map(
    records.map(({ name, accepted }) => [name, toolOf(JSON.parse(accepted?.definition ?? '{}'))?.readOnly]),
  );
  return (tool) => known.get(tool);
}

function tooMany(what: string): SallyportError {
  return new SallyportError('upstream_protocol', `Sallyport: the server lists ${what}`);
}
