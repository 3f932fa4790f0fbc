/** FirstNormalObjectId in src/include/access/transam.h: what the server came with has smaller OIDs. */
export const firstUserOid = 16_384;

/**
 * Functions of PostgreSQL's own extensions that are not immutable, and yet read nothing but their arguments, a dictionary,
 * a setting, or chance.
 */
const harmless = `
  gen_random_uuid gen_random_bytes gen_salt fips_mode pgp_sym_encrypt pgp_sym_encrypt_bytea pgp_pub_encrypt
  pgp_pub_encrypt_bytea uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 unaccent unaccent_lexize show_limit
  similarity_op word_similarity_op word_similarity_commutator_op strict_word_similarity_op
  strict_word_similarity_commutator_op citextrecv citextsend normal_rand system_rows system_time`
  .trim()
  .split(/\s+/)
  .map((name) => `'${name}'`)
  .join(', ');

// Types, functions and operators are qualified: these run under settings of a client's, whose search_path can put
// a schema of its own before pg_catalog.

/**
 * All names in one round trip. Rows are told apart by their first column:
 *
 *     relation   oid, schema, name, relkind
 *     inherits   oid of the child, oid of the parent
 *     reads      oid of a view (or a relation with a rule), oid of a relation that it reads
 *     calls      oid of a view (or a relation with a rule) that calls a function of users, by name or by operator
 *     function   schema, name, strictest volatility, all trusted (of an extension, and immutable or harmless), any takes one argument
 *     function   schema, name, the same of the functions behind operators
 *     builtin    volatility, names with blanks between
 */
export const namesQuery = `
SELECT 'relation', c.oid::pg_catalog.text, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text, NULL
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'v', 'm', 'f', 'S', 'p']::pg_catalog."char"[])
UNION ALL
SELECT 'inherits', inhrelid::pg_catalog.text, inhparent::pg_catalog.text, NULL, NULL, NULL FROM pg_catalog.pg_inherits
UNION ALL
SELECT DISTINCT
       CASE WHEN d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            THEN 'reads' ELSE 'calls' END,
       r.ev_class::pg_catalog.text, d.refobjid::pg_catalog.text, NULL, NULL, NULL
  FROM pg_catalog.pg_rewrite r
  JOIN pg_catalog.pg_depend d
    ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
   AND d.objid OPERATOR(pg_catalog.=) r.oid
 WHERE r.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
   AND d.refobjid OPERATOR(pg_catalog.<>) r.ev_class
   AND (d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
        OR (d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            OR d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass)
       AND d.refobjid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
       AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_depend e
            WHERE e.classid OPERATOR(pg_catalog.=) d.refclassid
              AND e.objid OPERATOR(pg_catalog.=) d.refobjid
              AND e.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char"))
UNION ALL
SELECT 'function', n.nspname::pg_catalog.text, p.proname::pg_catalog.text, pg_catalog.max(p.provolatile::pg_catalog.text),
       pg_catalog.bool_and(e.objid IS NOT NULL AND (
         p.provolatile OPERATOR(pg_catalog.=) 'i'::pg_catalog."char"
         OR p.proname OPERATOR(pg_catalog.=) ANY (ARRAY[${harmless}]::pg_catalog.name[])))::pg_catalog.text,
       pg_catalog.bool_or(p.pronargs OPERATOR(pg_catalog.>=) 1::pg_catalog.int2
         AND p.pronargs OPERATOR(pg_catalog.-) p.pronargdefaults OPERATOR(pg_catalog.<=) 1)::pg_catalog.text
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
  LEFT JOIN pg_catalog.pg_depend e
    ON e.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
   AND e.objid OPERATOR(pg_catalog.=) p.oid
   AND e.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char"
 WHERE p.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
 GROUP BY n.nspname, p.proname
UNION ALL
SELECT 'function', n.nspname::pg_catalog.text, o.oprname::pg_catalog.text, p.provolatile::pg_catalog.text,
       (CASE WHEN e.objid IS NULL
             THEN p.provolatile OPERATOR(pg_catalog.=) 'i'::pg_catalog."char"
                  AND p.oid OPERATOR(pg_catalog.<) ${firstUserOid}::pg_catalog.oid
             ELSE p.provolatile OPERATOR(pg_catalog.<>) 'v'::pg_catalog."char" END)::pg_catalog.text,
       'false'
  FROM pg_catalog.pg_operator o
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace
  JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) o.oprcode::pg_catalog.oid
  LEFT JOIN pg_catalog.pg_depend e
    ON e.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
   AND e.objid OPERATOR(pg_catalog.=) p.oid
   AND e.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char"
 WHERE o.oid OPERATOR(pg_catalog.>=) ${firstUserOid}::pg_catalog.oid
UNION ALL
SELECT 'builtin', volatility, pg_catalog.string_agg(name, ' '), NULL, NULL, NULL
  FROM (SELECT p.proname::pg_catalog.text AS name, pg_catalog.max(p.provolatile::pg_catalog.text) AS volatility
          FROM pg_catalog.pg_proc p
         WHERE p.oid OPERATOR(pg_catalog.<) ${firstUserOid}::pg_catalog.oid
           AND p.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
         GROUP BY p.proname) AS builtins
 GROUP BY volatility`;
