/** FirstNormalObjectId in src/include/access/transam.h: what the server came with has smaller OIDs. */
export const firstUserOid = 16_384;

/**
 * All names in one round trip. Rows are told apart by their first column:
 *
 *     relation   oid, schema, name, relkind
 *     inherits   oid of the child, oid of the parent
 *     reads      oid of a view (or a relation with a rule), oid of a relation that it reads
 *     calls      oid of a view (or a relation with a rule) that calls a function of users
 *     function   schema, name, strictest volatility, all immutable and of an extension, any takes one argument
 *     builtin    volatility, names with blanks between
 */
export const namesQuery = `
SELECT 'relation', c.oid::text, n.nspname::text, c.relname::text, c.relkind::text, NULL
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'v', 'm', 'f', 'S', 'p']::"char"[])
UNION ALL
SELECT 'inherits', inhrelid::text, inhparent::text, NULL, NULL, NULL FROM pg_catalog.pg_inherits
UNION ALL
SELECT DISTINCT
       CASE d.refclassid WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN 'reads' ELSE 'calls' END,
       r.ev_class::text, d.refobjid::text, NULL, NULL, NULL
  FROM pg_catalog.pg_rewrite r
  JOIN pg_catalog.pg_depend d
    ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
   AND d.objid OPERATOR(pg_catalog.=) r.oid
 WHERE r.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::oid
   AND d.refobjid OPERATOR(pg_catalog.<>) r.ev_class
   AND (d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
        OR d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
       AND d.refobjid OPERATOR(pg_catalog.>=) ${firstUserOid}::oid
       AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_depend e
            WHERE e.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
              AND e.objid OPERATOR(pg_catalog.=) d.refobjid
              AND e.deptype OPERATOR(pg_catalog.=) 'e'::"char"))
UNION ALL
SELECT 'function', n.nspname::text, p.proname::text, pg_catalog.max(p.provolatile::text),
       pg_catalog.bool_and(p.provolatile OPERATOR(pg_catalog.=) 'i'::"char" AND e.objid IS NOT NULL)::text,
       pg_catalog.bool_or(p.pronargs OPERATOR(pg_catalog.>=) 1::int2
         AND p.pronargs OPERATOR(pg_catalog.-) p.pronargdefaults OPERATOR(pg_catalog.<=) 1)::text
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
  LEFT JOIN pg_catalog.pg_depend e
    ON e.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
   AND e.objid OPERATOR(pg_catalog.=) p.oid
   AND e.deptype OPERATOR(pg_catalog.=) 'e'::"char"
 WHERE p.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::oid
 GROUP BY n.nspname, p.proname
UNION ALL
SELECT 'builtin', volatility, pg_catalog.string_agg(name, ' '), NULL, NULL, NULL
  FROM (SELECT p.proname::text AS name, pg_catalog.max(p.provolatile::text) AS volatility
          FROM pg_catalog.pg_proc p
         WHERE p.oid OPERATOR(pg_catalog.<) ${firstUserOid}::oid
           AND p.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
         GROUP BY p.proname) AS builtins
 GROUP BY volatility`;

/**
 * Columns of these relations: oid, attnum, name, and for a generated column the attnum of each column that it is
 * computed from (a row each; else NULL).
 */
export function columnsQuery(oids: Iterable<number>): string {
  const list = [...oids].map((oid) => `${oid}::oid`).join(', ');
  return `
SELECT a.attrelid::text, a.attnum::text, a.attname::text, d.refobjsubid::text
  FROM pg_catalog.pg_attribute a
  LEFT JOIN pg_catalog.pg_attrdef g
    ON g.adrelid OPERATOR(pg_catalog.=) a.attrelid
   AND g.adnum OPERATOR(pg_catalog.=) a.attnum
   AND a.attgenerated OPERATOR(pg_catalog.<>) ''::"char"
  LEFT JOIN pg_catalog.pg_depend d
    ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
   AND d.objid OPERATOR(pg_catalog.=) g.oid
   AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
   AND d.refobjid OPERATOR(pg_catalog.=) a.attrelid
   AND d.refobjsubid OPERATOR(pg_catalog.<>) a.attnum
 WHERE a.attrelid OPERATOR(pg_catalog.=) ANY (ARRAY[${list}])
   AND a.attnum OPERATOR(pg_catalog.>) 0::int2
   AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum`;
}
