import type { SallyportError } from '../../core/errors.ts';
import { rpcCodes, type Id, type Request, type Response } from '../../wire/mcp/json-rpc.ts';
import { revisionOf } from '../../wire/mcp/headers.ts';

/**
 * A refusal as its client reads it. That of a tool call is a result, which goes to the model: it can choose another way.
 * Any other is an error of the protocol.
 */
export function refused(request: Request, refusal: SallyportError): Response {
  const { id, method } = request;
  if (method !== 'tools/call') return { kind: 'response', id, outcome: { error: errorOf(refusal) } };
  const { code, detail, message, hint } = refusal;
  const isModern = revisionOf(request) !== undefined;
  const words = [message, hint, detail.approval === undefined ? undefined : `Approval: ${detail.approval}`];
  const result = {
    ...(isModern ? { resultType: 'complete' } : {}),
    isError: true,
    content: [{ type: 'text', text: words.filter((each) => each !== undefined).join('\n') }],
    _meta: { 'sallyport/error': { code, ...detail } },
  };
  return { kind: 'response', id, outcome: { result } };
}

export function errorOf({ code, message, hint, detail }: SallyportError): {
  code: number;
  message: string;
  data: object;
} {
  const words = hint === undefined ? message : `${message}. ${hint}`;
  return { code: rpcCodes.refused, message: words, data: { code, ...detail } };
}

/** Where there is no message to answer. */
export function refusalText(id: Id | null, error: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}
