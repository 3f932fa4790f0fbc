import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeQuery,
  FrontendType,
} from '../src/wire/postgres/frontend.ts';

/** How a statement is sent: a Query, or messages from Parse to Sync with its rows in text or binary format. */
export type Form = 'simple' | 'text' | 'binary';

/** A statement with all that it takes to run it. */
export function asked(text: string, form: Form): Buffer {
  if (form === 'simple') return encodeQuery(text);
  return Buffer.concat([prepare('', text), run('', form)]);
}

/** Parse and Sync: makes the statement that `execution` runs. */
export function preparation(name: string, text: string): Buffer {
  return Buffer.concat([prepare(name, text), sync]);
}

/** Bind to Sync. */
export function execution(name: string): Buffer {
  return run(name, 'text');
}

const sync = Buffer.from([FrontendType.Sync, 0, 0, 0, 4]);

function prepare(name: string, query: string): Buffer {
  return encodeParse({ name, query, parameterTypes: [] });
}

/** With Describe of the portal, as libpq and most drivers send it. */
function run(statement: string, form: 'text' | 'binary'): Buffer {
  const resultFormats = form === 'binary' ? ([1] as const) : [];
  const bind = { portal: '', statement, parameterFormats: [], parameters: [], resultFormats };
  const describe = encodeDescribe({ kind: 'P', name: '' });
  return Buffer.concat([encodeBind(bind), describe, encodeExecute({ portal: '', rowsMax: 0 }), sync]);
}
