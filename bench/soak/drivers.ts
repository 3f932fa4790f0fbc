import { Client, escapeLiteral } from 'pg';
import postgres from 'postgres';

import type { Address } from './clients.ts';

export type Value = string | number;
export type Rows = readonly (readonly unknown[])[];

/** A driver's connection. */
export interface Connection {
  /** Rows as arrays. */
  ask(text: string, values?: readonly Value[]): Promise<Rows>;
  end(): Promise<void>;
  /** Leaves without a word, whatever it is in the middle of. */
  drop(): void;
}

export type Open = (place: Address) => Promise<Connection>;

type Mode = 'simple' | 'extended' | 'named';

/** node-postgres, by the protocol's simple query, its extended one, or with prepared statements that it keeps. */
export function openPg(mode: Mode): Open {
  return async ({ application, ...place }) => {
    const client = new Client({ ...place, host: '127.0.0.1', application_name: application });
    // What ends a connection is told to whoever asks next.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      client.connection.stream.destroy();
      throw error;
    }
    return {
      async ask(text, values = []) {
        const query = mode === 'simple' ? { text: inlined(text, values) } : { text, values: [...values] };
        const name = mode === 'named' ? { name: text.slice(0, 60) } : {};
        return (await client.query<unknown[]>({ ...query, ...name, rowMode: 'array' })).rows;
      },
      end: () => client.end(),
      drop: () => void client.connection.stream.destroy(),
    };
  };
}

/** postgres.js with one connection, which it opens anew when it is lost. */
export const openPostgresJs: Open = async ({ application, ...place }) => {
  const sql = postgres({
    host: '127.0.0.1',
    ...place,
    connection: { application_name: application },
    max: 1,
    // Its own question at the beginning would take down the process when the connection ends in it.
    fetch_types: false,
    onnotice: () => undefined,
  });
  try {
    await sql.unsafe('SELECT 1');
  } catch (error) {
    await sql.end({ timeout: 0 });
    throw error;
  }
  return {
    ask: async (text, values = []) => sql.unsafe(text, [...values]).values(),
    end: () => sql.end({ timeout: 5 }),
    drop: () => void sql.end({ timeout: 0 }).catch(() => undefined),
  };
};

/** `$1` … as literals, the highest first, for `$1` begins `$10`. */
function inlined(text: string, values: readonly Value[]): string {
  return values.reduceRight<string>(
    (sql, value, index) =>
      sql.replaceAll(`$${index + 1}`, typeof value === 'number' ? String(value) : escapeLiteral(value)),
    text,
  );
}
