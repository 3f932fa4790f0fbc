import { canonical, isObject, parseExact } from '../../wire/mcp/exact-json.ts';
import type { AnswerMask } from '../../masking/answer.ts';
import type { EchoFilter } from '../../masking/echo.ts';
import { cleanPiece, type Seen } from '../http/seen-body.ts';

/** What an answer passes through on its way to a client. */
export interface Look {
  /** Places of what it is an answer of, and detectors. */
  readonly mask: AnswerMask;
  /** Detectors alone, for what is around them. */
  readonly plain: AnswerMask;
  readonly echo: EchoFilter;
  readonly uninspected: 'refuse' | 'pass';
  readonly seen: Seen;
}

/** The result of a tool, as its client may see it. Where places are hidden, what is not known to have none goes. */
export function seenToolResult(
  result: Readonly<Record<string, unknown>>,
  look: Look,
): Record<string, unknown> {
  const { content, structuredContent, ...rest } = result;
  const { isError, resultType } = rest;
  return {
    ...(look.mask.wantsJson ? kept({ isError, resultType }) : seenPlain(rest, look)),
    ...(content === undefined
      ? {}
      : { content: listOf(content).map((item) => seenContent(item, look, structuredContent)) }),
    ...(structuredContent === undefined
      ? {}
      : { structuredContent: parseExact(seenText(JSON.stringify(structuredContent), look)) }),
  };
}

/** Of `resources/read` */
export function seenContents(result: Readonly<Record<string, unknown>>, look: Look): Record<string, unknown> {
  const { contents, ...rest } = result;
  return {
    ...seenPlain(rest, look),
    contents: listOf(contents).map((item) => seenResource(item, look)),
  };
}

/** Of `prompts/get` */
export function seenMessages(result: Readonly<Record<string, unknown>>, look: Look): Record<string, unknown> {
  const { messages, ...rest } = result;
  return {
    ...seenPlain(rest, look),
    messages: listOf(messages).map((message) =>
      isObject(message) && isObject(message['content'])
        ? { ...seenPlain({ role: message['role'] }, look), content: seenContent(message['content'], look) }
        : seenPlain({ message }, look)['message'],
    ),
  };
}

/** Anything else: what detectors find in it. */
export function seenPlain(value: Readonly<Record<string, unknown>>, look: Look): Record<string, unknown> {
  const { json } = look.plain;
  if (json === undefined) return { ...value };
  const cleaned: unknown = parseExact(seenText(JSON.stringify(value), { ...look, mask: look.plain }));
  return isObject(cleaned) ? { ...cleaned } : {};
}

/** Metadata of a server's without what only the gateway says there: a refusal, or where an approval is. */
export function withoutOurs(meta: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta).filter(([key]) => !key.toLowerCase().startsWith('sallyport/')),
  );
}

/** A message's bytes without what the gateway logs in with. */
export function withoutEchoes(text: string, echo: EchoFilter): string {
  return echo.isIdle ? text : echo.text(text).text;
}

/** `beside`: the structured form of the same result, by whose shape its places are known. */
function seenContent(item: unknown, look: Look, beside?: unknown): unknown {
  if (!isObject(item)) return notice('something that is no content');
  const { type } = item;
  if (type === 'text') {
    const { text, ...rest } = item;
    if (look.mask.wantsJson && beside !== undefined && !isSame(text, beside))
      return notice('a text beside the structured result');
    return { ...around(rest, look), text: seenText(typeof text === 'string' ? text : '', look) };
  }
  if (type === 'resource')
    return { ...around({ type }, look), resource: seenResource(item['resource'], look) };
  if (type === 'image' || type === 'audio') return isBlind(look) ? notice(`${type} data`) : item;
  return look.mask.wantsJson ? notice('content of another kind') : seenPlain(item, look);
}

function isSame(text: unknown, value: unknown): boolean {
  try {
    return typeof text === 'string' && canonical(parseExact(text)) === canonical(value);
  } catch {
    return false;
  }
}

function seenResource(item: unknown, look: Look): unknown {
  if (!isObject(item)) return { uri: '', text: '' };
  const { text, blob, ...rest } = item;
  const about = seenPlain(rest, look);
  if (typeof text === 'string') return { ...about, text: seenText(text, look) };
  if (blob === undefined) return about;
  return isBlind(look) ? { ...about, text: blindWords('bytes') } : { ...about, blob };
}

function around(rest: Readonly<Record<string, unknown>>, look: Look): Record<string, unknown> {
  return look.mask.wantsJson ? kept({ type: rest['type'] }) : seenPlain(rest, look);
}

/** A text, which may be JSON. */
function seenText(text: string, { mask, echo, seen }: Look): string {
  if ((mask.json ?? mask.text) === undefined) return text;
  return cleanPiece(Buffer.from(text), { mask, echo, seen }).toString();
}

function isBlind({ mask, uninspected }: Look): boolean {
  return uninspected === 'refuse' && (mask.json ?? mask.text) !== undefined;
}

function notice(what: string): object {
  return { type: 'text', text: blindWords(what) };
}

function blindWords(what: string): string {
  return `Sallyport: ${what} cannot be looked into for what is hidden from you, so it is left out.`;
}

function kept(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
