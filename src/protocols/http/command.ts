import type { Command } from '../../core/command.ts';
import type { Effect, EffectKind } from '../../core/effect.ts';

const kinds: Readonly<Record<string, EffectKind>> = {
  GET: 'read',
  HEAD: 'read',
  OPTIONS: 'session',
  POST: 'write',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'write',
};

/** What a request asks for; `contentType` says what its body means. */
export function commandOf(
  { method, path, query }: { readonly method: string; readonly path: string; readonly query: string },
  body: Buffer | undefined,
  contentType: string | undefined,
): Command {
  const effect: Effect = { kind: kinds[method] ?? 'opaque', action: method, resource: path };
  return {
    text: `${method} ${path}${query}`,
    parameters: body === undefined ? [] : [{ bytes: body, format: 'text' }],
    effects: [effect],
    unbounded: false,
    uses: [],
    context: contentType ?? '',
  };
}
