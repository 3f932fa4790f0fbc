import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeSync,
} from '../../wire/postgres/frontend.ts';
import type { Executed, Rewritten } from './tokens-in.ts';

/** A name of the gateway's own, so that the client's unnamed statement and portal stay. */
const own = 'sallyport_token';

/**
 * A Query message of one statement, as messages that can carry values apart from its text. They run the same as it
 * would: in one implicit transaction, up to one ReadyForQuery. Behind an error the server skips what closes the name,
 * which is why they begin with that.
 */
export function encodeRewritten({ text, values }: Pick<Rewritten, 'text' | 'values'>): Buffer {
  return Buffer.concat([
    encodeClose({ kind: 'S', name: own }),
    encodeParse({ name: own, query: text, parameterTypes: [] }),
    running(own, values),
    encodeClose({ kind: 'S', name: own }),
    encodeSync(),
  ]);
}

/** A Query message that is an EXECUTE, in the same way. */
export function encodeExecuted({ name, values }: Executed): Buffer {
  return Buffer.concat([running(name, values), encodeSync()]);
}

/**
 * A Bind to a statement of the same text with its tables' schemas. Once its portal is made the statement may be closed,
 * as the next of its name begins with.
 */
export function encodeQualified(
  bind: Parameters<typeof encodeBind>[0],
  text: string,
  parameterTypes: readonly number[],
): Buffer {
  return Buffer.concat([
    encodeClose({ kind: 'S', name: own }),
    encodeParse({ name: own, query: text, parameterTypes }),
    encodeBind({ ...bind, statement: own }),
  ]);
}

function running(statement: string, parameters: readonly (Buffer | null)[]): Buffer {
  return Buffer.concat([
    encodeClose({ kind: 'P', name: own }),
    encodeBind({ portal: own, statement, parameterFormats: [], parameters, resultFormats: [] }),
    encodeDescribe({ kind: 'P', name: own }),
    encodeExecute({ portal: own, rowsMax: 0 }),
    encodeClose({ kind: 'P', name: own }),
  ]);
}
