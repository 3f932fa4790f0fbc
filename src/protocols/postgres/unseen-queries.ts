/** FirstNormalObjectId in src/include/access/transam.h: what the server came with has smaller OIDs. */
const firstUserOid = '16384::pg_catalog.oid';

// As in catalog-queries.ts everything is qualified; `is` is the equality that no search_path changes.
const is = 'OPERATOR(pg_catalog.=)';
const isNot = 'OPERATOR(pg_catalog.<>)';
const isUsers = `OPERATOR(pg_catalog.>=) ${firstUserOid}`;
const table = (name: string): string => `'pg_catalog.${name}'::pg_catalog.regclass`;
const letter = (value: string): string => `'${value}'::pg_catalog."char"`;

/** In the text of an expression as the server stores it: what functions, operators, aggregates and windows call. */
const calledIn = (tree: string): string =>
  `pg_catalog.regexp_matches(${tree}, ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g')`;

/** Objects that an object depends on, each as `d.refobjid`; the system's own are in no pg_depend. */
const dependency = (on: string, object: string, of: string): string => `pg_catalog.pg_depend d
    ON d.classid ${is} ${of} AND d.objid ${is} ${object} AND d.refclassid ${is} ${table(on)}`;

/**
 * What runs unseen when somebody reads from a relation:
 *
 *     runs       oid of a view or of a table with policies, `function`, `operator` or `type`, schema, name
 *
 * All that the definition of a view calls, but for immutable functions of the system's; of what a policy calls only what
 * is volatile, as next to every policy calls something that tells who is asking.
 */
const runsQuery = `
(WITH holders AS (
  SELECT r.ev_class AS relation, ${table('pg_rewrite')} AS class, r.oid AS object, r.ev_action::pg_catalog.text AS tree,
         false AS policy
    FROM pg_catalog.pg_rewrite r
   WHERE r.oid ${isUsers} AND r.ev_type ${is} ${letter('1')}
  UNION ALL
  SELECT polrelid, ${table('pg_policy')}, oid,
         pg_catalog.concat(polqual::pg_catalog.text, polwithcheck::pg_catalog.text), true
    FROM pg_catalog.pg_policy
), found AS (
  SELECT h.relation, 'function' AS kind, p.pronamespace AS namespace, p.proname AS name
    FROM holders h
    JOIN ${dependency('pg_proc', 'h.object', 'h.class')}
    JOIN pg_catalog.pg_proc p ON p.oid ${is} d.refobjid
   WHERE NOT h.policy OR p.provolatile ${is} ${letter('v')}
  UNION
  SELECT h.relation, 'operator', o.oprnamespace, o.oprname
    FROM holders h
    JOIN ${dependency('pg_operator', 'h.object', 'h.class')}
    JOIN pg_catalog.pg_operator o ON o.oid ${is} d.refobjid
    JOIN pg_catalog.pg_proc p ON p.oid ${is} o.oprcode::pg_catalog.oid
   WHERE NOT h.policy OR p.provolatile ${is} ${letter('v')}
  UNION
  SELECT h.relation, 'type', t.typnamespace, t.typname
    FROM holders h
    JOIN ${dependency('pg_type', 'h.object', 'h.class')}
    JOIN pg_catalog.pg_type t ON t.oid ${is} d.refobjid
  UNION
  SELECT h.relation, 'function', p.pronamespace, p.proname
    FROM holders h
   CROSS JOIN ${calledIn('h.tree')} AS called (oids)
    JOIN pg_catalog.pg_proc p ON p.oid ${is} called.oids[1]::pg_catalog.oid
   WHERE p.oid OPERATOR(pg_catalog.<) ${firstUserOid} AND p.provolatile ${isNot} ${letter('i')}
     AND (NOT h.policy OR p.provolatile ${is} ${letter('v')})
)
SELECT 'runs', f.relation::pg_catalog.text, f.kind, n.nspname::pg_catalog.text, f.name::pg_catalog.text, NULL
  FROM found f
  JOIN pg_catalog.pg_namespace n ON n.oid ${is} f.namespace)`;

/** Functions that nobody has to think about: of an extension, and by its account without effects. */
const isTrusted = (oid: string): string => `EXISTS (
      SELECT FROM pg_catalog.pg_proc f
        JOIN pg_catalog.pg_depend e
          ON e.classid ${is} ${table('pg_proc')} AND e.objid ${is} f.oid AND e.deptype ${is} ${letter('e')}
       WHERE f.oid ${is} ${oid} AND f.provolatile ${isNot} ${letter('v')})`;

/**
 * Types that run functions of users when a value is turned into them, by the checks of a domain (or what is made of such)
 * or by a cast:
 *
 *     type       schema, name
 */
const typesQuery = `
(WITH RECURSIVE checked (type) AS (
  SELECT c.contypid FROM pg_catalog.pg_constraint c
   WHERE c.contypid ${isNot} 0::pg_catalog.oid AND c.oid ${isUsers}
     AND (EXISTS (
            SELECT FROM pg_catalog.pg_depend d
              LEFT JOIN pg_catalog.pg_operator o
                ON d.refclassid ${is} ${table('pg_operator')} AND o.oid ${is} d.refobjid
             WHERE d.classid ${is} ${table('pg_constraint')} AND d.objid ${is} c.oid
               AND (d.refclassid ${is} ${table('pg_proc')} OR o.oid IS NOT NULL)
               AND NOT ${isTrusted('COALESCE(o.oprcode::pg_catalog.oid, d.refobjid)')})
          OR EXISTS (
            SELECT FROM ${calledIn('c.conbin::pg_catalog.text')} AS called (oids)
              JOIN pg_catalog.pg_proc p ON p.oid ${is} called.oids[1]::pg_catalog.oid
             WHERE p.oid OPERATOR(pg_catalog.<) ${firstUserOid} AND p.provolatile ${is} ${letter('v')}))
  UNION
  SELECT made.type FROM checked
    JOIN (SELECT oid AS type, typbasetype AS of FROM pg_catalog.pg_type WHERE typtype ${is} ${letter('d')}
          UNION ALL
          SELECT oid, typelem FROM pg_catalog.pg_type WHERE typelem ${isNot} 0::pg_catalog.oid
          UNION ALL
          SELECT rngtypid, rngsubtype FROM pg_catalog.pg_range
          UNION ALL
          SELECT rngmultitypid, rngsubtype FROM pg_catalog.pg_range
          UNION ALL
          SELECT r.reltype, a.atttypid FROM pg_catalog.pg_class r
            JOIN pg_catalog.pg_attribute a ON a.attrelid ${is} r.oid
           WHERE r.reltype ${isNot} 0::pg_catalog.oid) AS made ON made.of ${is} checked.type
)
SELECT 'type', n.nspname::pg_catalog.text, t.typname::pg_catalog.text, NULL, NULL, NULL
  FROM (SELECT type FROM checked
        UNION
        SELECT casttarget FROM pg_catalog.pg_cast c
         WHERE c.castfunc ${isUsers} AND NOT ${isTrusted('c.castfunc')}) AS running
  JOIN pg_catalog.pg_type t ON t.oid ${is} running.type
  JOIN pg_catalog.pg_namespace n ON n.oid ${is} t.typnamespace)`;

/** What names do not say: rows of `namesQuery`'s form. */
export const unseenQuery = `${runsQuery}
UNION ALL
${typesQuery}`;
