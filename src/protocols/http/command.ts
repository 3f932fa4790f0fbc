import type { Command } from '../../core/command.ts';
import type { Effect, EffectKind } from '../../core/effect.ts';
import { SallyportError } from '../../core/errors.ts';
import { fieldsForUpstream, type Field } from '../../wire/http/headers.ts';
import { requestPath } from '../../wire/http/path.ts';

const kinds: Readonly<Record<string, EffectKind>> = {
  GET: 'read',
  HEAD: 'read',
  OPTIONS: 'session',
  POST: 'write',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'write',
  // What comes over it may be anything, so no rule that lets read alone opens it.
  WEBSOCKET: 'write',
};

/** Which try it is, who speaks and how the answer is to come: these may differ from what was approved. */
const aboutDelivery =
  /^(?:accept-(?:encoding|charset)|user-agent|idempotency-key|traceparent|tracestate|baggage|sentry-trace|x-(?:request|correlation|amzn-trace)-id|x-b3-.*)$/;

/** What else a request says that goes on: with other fields it is another request. */
export function contextOf(fields: readonly Field[]): string {
  const said: Field[] = [];
  for (const [name, value] of fieldsForUpstream(fields)) {
    const lower = name.toLowerCase();
    if (!aboutDelivery.test(lower)) said.push([lower, value]);
  }
  if (said.length > 1) said.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return JSON.stringify(said);
}

/**
 * A request without a body, as rules and records name it: `GET /v1/customers/7?full=1`.
 * @throws SallyportError `syntax`
 */
export function commandOfText(text: string): Command {
  const [, method = '', target = ''] = /^\s*([A-Z]+)\s+(\/\S*)\s*$/.exec(text) ?? [];
  const found = requestPath(target);
  if (kinds[method] === undefined || 'problem' in found) {
    throw new SallyportError(
      'syntax',
      `Sallyport: ${'problem' in found && target !== '' ? found.problem : 'this is no request'}`,
      {
        hint: 'Write a method and a path: GET /v1/customers/7.',
      },
    );
  }
  return commandOf({ method, ...found }, undefined, '');
}

/** What a request asks for; `context` says what its body means, and more of that kind. */
export function commandOf(
  { method, path, query }: { readonly method: string; readonly path: string; readonly query: string },
  body: Buffer | undefined,
  context: string,
): Command {
  return {
    text: `${method} ${path}${query}`,
    parameters: body === undefined ? [] : [{ bytes: body, format: 'text' }],
    effects: effectsOf(method, path),
    unbounded: false,
    uses: [],
    context,
  };
}

const known = new Map<string, readonly Effect[]>();
const knownMax = 1_000;
const knownCharsMax = 200;

/** Equal requests share their effects, by which verdicts on them are known again. */
function effectsOf(method: string, path: string): readonly Effect[] {
  const key = `${method} ${path}`;
  let effects = known.get(key);
  if (effects === undefined) {
    if (known.size >= knownMax) known.clear();
    effects = [{ kind: kinds[method] ?? 'opaque', action: method, resource: path }];
    if (key.length <= knownCharsMax) known.set(key, effects);
  }
  return effects;
}
