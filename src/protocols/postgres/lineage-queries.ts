import { firstUserOid, namesQuery } from './catalog-queries.ts';

// As in catalog-queries.ts, everything is qualified.

/** Relations whose columns names in SQL may stand for. */
const relkinds = `ARRAY['r', 'v', 'm', 'f', 'S', 'p']::pg_catalog."char"[]`;

/** How many rows there are, and of which transactions: a change of any of them changes one of the two. */
const rows = (row: string): string =>
  `pg_catalog.count(*) || ':' || COALESCE(pg_catalog.sum(${row}.xmin::pg_catalog.text::pg_catalog.int8), 0)`;

/**
 * One row with one text that changes when somebody commits a change of what names, columns, views and functions are.
 * Temporary tables, which come and go, are left out, and so are the system's own.
 *
 * It reads all of pg_attribute: 10 ms at 1,000 tables of twenty columns, 90 ms at 10,000. Statistics of the server's
 * would cost nothing, but they come in up to ten seconds late.
 */
export const versionQuery = `SELECT ${version()}`;

function version(): string {
  const user = (row: string): string => `${row}.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid`;
  const kept = `
      FROM pg_catalog.pg_class c
     WHERE ${user('c')} AND c.relkind OPERATOR(pg_catalog.=) ANY (${relkinds})
       AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog."char"`;
  const attributes = `
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
     WHERE ${user('c')} AND c.relkind OPERATOR(pg_catalog.=) ANY (${relkinds})
       AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog."char"
       AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2`;
  const schemas = `
      FROM pg_catalog.pg_namespace n
     WHERE NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_')`;
  return [
    `(SELECT ${rows('c')} ${kept})`,
    `(SELECT ${rows('a')} ${attributes})`,
    `(SELECT ${rows('n')} ${schemas})`,
    `(SELECT ${rows('r')} FROM pg_catalog.pg_rewrite r WHERE ${user('r')})`,
    `(SELECT ${rows('p')} FROM pg_catalog.pg_proc p WHERE ${user('p')})`,
    `(SELECT ${rows('o')} FROM pg_catalog.pg_operator o WHERE ${user('o')})`,
    `(SELECT ${rows('i')} FROM pg_catalog.pg_inherits i)`,
  ].join(` || ' ' || `);
}

/**
 * Names as `namesQuery` gives them, and what lineage needs besides:
 *
 *     version    as versionQuery
 *     columns    oid of the relation, JSON: [[attnum, name, oid of its type], …]
 *     computed   oid of the relation, attnum of a generated column, attnum of a column that it is computed from
 *     domain     oid, oid of the type that it is made of
 *     string     oid of a string type that users have made
 *     shadowed   name of a text type of the system's that another type has, too
 *     set        name of a function, or of an operator, that gives back sets of rows
 *     rules      oid of a relation with rules other than that of a view
 *     routine    oid, schema, name, kind, definitions of it can be read
 *     part       oid of an aggregate, oid of a user's function that it is made of
 *     operator   schema, name, oid of its function
 *
 * A routine's kind is `harmless` (immutable, of an extension, and in C), `sql`, `plpgsql`, `aggregate` or `other`.
 */
export const lineageNamesQuery = `${namesQuery}
UNION ALL
SELECT 'version', ${version()}, NULL, NULL, NULL, NULL
UNION ALL
SELECT 'columns', c.oid::pg_catalog.text, columns.list, NULL, NULL, NULL
  FROM pg_catalog.pg_class c
  CROSS JOIN LATERAL (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.attname, a.atttypid) ORDER BY a.attnum)::pg_catalog.text AS list
      FROM pg_catalog.pg_attribute a
     WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid
       AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2
       AND NOT a.attisdropped) AS columns
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY (${relkinds})
UNION ALL
SELECT DISTINCT 'computed', g.adrelid::pg_catalog.text, g.adnum::pg_catalog.text, d.refobjsubid::pg_catalog.text, NULL, NULL
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_attrdef g
    ON g.adrelid OPERATOR(pg_catalog.=) a.attrelid AND g.adnum OPERATOR(pg_catalog.=) a.attnum
  JOIN pg_catalog.pg_depend d
    ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
   AND d.objid OPERATOR(pg_catalog.=) g.oid
   AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
   AND d.refobjid OPERATOR(pg_catalog.=) g.adrelid
   AND d.refobjsubid OPERATOR(pg_catalog.<>) g.adnum::pg_catalog.int4
 WHERE a.attgenerated OPERATOR(pg_catalog.<>) ''::pg_catalog."char"
UNION ALL
SELECT 'domain', t.oid::pg_catalog.text, t.typbasetype::pg_catalog.text, NULL, NULL, NULL
  FROM pg_catalog.pg_type t WHERE t.typtype OPERATOR(pg_catalog.=) 'd'::pg_catalog."char"
UNION ALL
SELECT 'string', t.oid::pg_catalog.text, NULL, NULL, NULL, NULL
  FROM pg_catalog.pg_type t
 WHERE t.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
   AND t.typtype OPERATOR(pg_catalog.=) 'b'::pg_catalog."char"
   AND t.typcategory OPERATOR(pg_catalog.=) 'S'::pg_catalog."char"
UNION ALL
SELECT DISTINCT 'shadowed', t.typname::pg_catalog.text, NULL, NULL, NULL, NULL
  FROM pg_catalog.pg_type t
 WHERE t.typname OPERATOR(pg_catalog.=) ANY (ARRAY['text', 'varchar', 'bpchar']::pg_catalog.name[])
   AND t.typnamespace OPERATOR(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace
UNION ALL
SELECT DISTINCT 'set', p.proname::pg_catalog.text, NULL, NULL, NULL, NULL
  FROM pg_catalog.pg_proc p WHERE p.proretset
UNION ALL
SELECT DISTINCT 'set', o.oprname::pg_catalog.text, NULL, NULL, NULL, NULL
  FROM pg_catalog.pg_operator o
  JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) o.oprcode::pg_catalog.oid
 WHERE p.proretset
UNION ALL
SELECT DISTINCT 'rules', r.ev_class::pg_catalog.text, NULL, NULL, NULL, NULL
  FROM pg_catalog.pg_rewrite r
 WHERE r.ev_type OPERATOR(pg_catalog.<>) '1'::pg_catalog."char"
   AND r.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
UNION ALL
SELECT 'routine', p.oid::pg_catalog.text, n.nspname::pg_catalog.text, p.proname::pg_catalog.text,
       CASE WHEN p.prokind OPERATOR(pg_catalog.=) 'a'::pg_catalog."char" THEN 'aggregate'
            WHEN l.lanname OPERATOR(pg_catalog.=) ANY (ARRAY['sql', 'plpgsql']::pg_catalog.name[]) THEN l.lanname::pg_catalog.text
            WHEN l.lanname OPERATOR(pg_catalog.=) ANY (ARRAY['c', 'internal']::pg_catalog.name[])
             AND p.provolatile OPERATOR(pg_catalog.=) 'i'::pg_catalog."char"
             AND EXISTS (
                 SELECT FROM pg_catalog.pg_depend e
                  WHERE e.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                    AND e.objid OPERATOR(pg_catalog.=) p.oid
                    AND e.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char") THEN 'harmless'
            ELSE 'other' END, NULL
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
 WHERE p.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
UNION ALL
SELECT 'part', g.aggfnoid::pg_catalog.oid::pg_catalog.text, part.oid::pg_catalog.text, NULL, NULL, NULL
  FROM pg_catalog.pg_aggregate g
  CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn,
    g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn]::pg_catalog.oid[]) AS part(oid)
 WHERE part.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
UNION ALL
SELECT 'operator', n.nspname::pg_catalog.text, o.oprname::pg_catalog.text, o.oprcode::pg_catalog.oid::pg_catalog.text, NULL, NULL
  FROM pg_catalog.pg_operator o
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace
 WHERE o.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid`;

/**
 * Writing out a view waits for whoever changes one of its tables in a transaction, which may be the very client that
 * waits for the catalog.
 */
const lockMs = 300;

/**
 * Definitions: `view`, oid, the query behind it; `routine`, oid, its CREATE FUNCTION. They are written out with an
 * empty search_path, for which every name in them that is not the system's comes with its schema; the texts of
 * functions stay as their authors wrote them.
 */
export function definitionsQuery(views: Iterable<number>): string {
  const list = [...views].map((oid) => `${oid}::pg_catalog.oid`).join(', ');
  return `
WITH empty AS MATERIALIZED (
  SELECT pg_catalog.set_config('search_path', '', true) AS path, pg_catalog.set_config('lock_timeout', '${lockMs}', true))
SELECT 'view', view.oid::pg_catalog.text,
       CASE WHEN empty.path OPERATOR(pg_catalog.=) '' THEN pg_catalog.pg_get_viewdef(view.oid) END
  FROM empty CROSS JOIN pg_catalog.unnest(ARRAY[${list}]::pg_catalog.oid[]) AS view(oid)
UNION ALL
SELECT 'routine', p.oid::pg_catalog.text,
       CASE WHEN empty.path OPERATOR(pg_catalog.=) '' THEN pg_catalog.pg_get_functiondef(p.oid) END
  FROM empty
  CROSS JOIN pg_catalog.pg_proc p
  JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
 WHERE p.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
   AND p.prokind OPERATOR(pg_catalog.<>) 'a'::pg_catalog."char"
   AND l.lanname OPERATOR(pg_catalog.=) ANY (ARRAY['sql', 'plpgsql']::pg_catalog.name[])`;
}
