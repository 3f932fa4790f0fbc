/**
 * Built-in functions that give a value for every value: none of them can fail, return rows or take so long that it
 * tells something. Only these may be computed with hidden values, as an error that comes or not would tell them.
 * Where others of their arguments may be wrong in themselves (`left(x, 'a')`), that does not depend on a value.
 */
export const totalFunctions: ReadonlySet<string> = names(`
  lower upper initcap reverse length char_length character_length octet_length bit_length md5 btrim ltrim rtrim
  left right substr substring split_part translate strpos position concat concat_ws quote_literal
  quote_ident quote_nullable ascii sha224 sha256 sha384 sha512 encode
  to_json to_jsonb row_to_json json_build_array jsonb_build_array json_build_object jsonb_build_object
  json_extract_path jsonb_extract_path json_extract_path_text jsonb_extract_path_text jsonb_typeof json_typeof
  jsonb_pretty jsonb_strip_nulls json_strip_nulls
  to_char date_trunc date_part extract
  array_length array_ndims array_lower array_upper cardinality array_to_string array_to_json num_nulls num_nonnulls
  count sum avg min max any_value array_agg string_agg json_agg jsonb_agg bool_and bool_or every
  stddev stddev_pop stddev_samp variance var_pop var_samp
  row_number rank dense_rank percent_rank cume_dist first_value last_value lag lead
  now current_database current_schema version clock_timestamp statement_timestamp
  transaction_timestamp pg_typeof
`);

/** Of some, only this argument (from 0) may be hidden: others decide whether there is an error. */
export const hiddenArgument: ReadonlyMap<string, number> = new Map([
  ['substr', 0],
  ['substring', 0],
  ['split_part', 0],
  ['encode', 0],
  ['to_char', 0],
  ['date_trunc', 1],
  ['date_part', 1],
  ['extract', 1],
]);

/** What they give of a text is as long as the text, or as a part of it that does not hang on what it says. */
export const lengthKeeping: ReadonlySet<string> = names(
  'lower upper reverse md5 left right concat concat_ws',
);

/** They put values together: where the others are huge, a little more would be too much for the server. */
export const joiningFunctions: ReadonlySet<string> = names(`
  concat concat_ws array_agg string_agg json_agg jsonb_agg json_build_array jsonb_build_array json_build_object
  jsonb_build_object to_json to_jsonb row_to_json array_to_string array_to_json
`);

/** They add up or put together; floating point numbers can get too large for it, and arrays may not fit each other. */
export const gatheringFunctions: ReadonlySet<string> = names(`
  sum avg stddev stddev_pop stddev_samp variance var_pop var_samp array_agg
`);

/** What they give depends on the order that rows come in. */
export const orderedFunctions: ReadonlySet<string> = names(`
  array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg json_agg_strict jsonb_agg_strict
  json_object_agg_strict json_object_agg_unique json_object_agg_unique_strict jsonb_object_agg_strict
  jsonb_object_agg_unique jsonb_object_agg_unique_strict xmlagg any_value
`);

/** They give back one of the values that they are given, which may be arrays, or make an array of them. */
export const givingBack: ReadonlySet<string> = names(
  'array_agg min max any_value first_value last_value lag lead',
);

/** OIDs of types whose values always add up and fit: no floating point numbers, no arrays. */
export const scalarOids: ReadonlySet<number> = new Set([
  16, 20, 21, 23, 1700, 25, 1043, 1042, 19, 2950, 1082, 1083, 1114, 1184,
]);

/** The same of operators. */
export const totalOperators: ReadonlySet<string> = new Set(['||', '->', '->>', '#>', '#>>']);

/** They count values that are not NULL and tell nothing else. */
export const countingFunctions: ReadonlySet<string> = new Set(['count', 'num_nulls', 'num_nonnulls']);

/** Types that every value can be cast to, by the name that the grammar gives them. */
export const totalTypes: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar']);
/** Types of which none is an array, by the name that the grammar gives them. */
export const scalarTypes: ReadonlySet<string> = names(`
  text varchar bpchar name int2 int4 int8 numeric float4 float8 bool date time timetz timestamp timestamptz interval
  uuid json jsonb bytea money inet cidr
`);
/** OIDs of `text` and `varchar`: such a value stays what it is in the other's clothes. */
export const textOids: ReadonlySet<number> = new Set([25, 1043]);

export const rangeOperators: ReadonlySet<string> = new Set(
  '< > <= >= ~<~ ~>~ ~<=~ ~>=~ << >> &< &> <<= >>= && @> <@ -|-'.split(' '),
);
export const patternOperators: ReadonlySet<string> = new Set(
  '~ ~* !~ !~* ~~ ~~* !~~ !~~* ^@ % <% %> <<% %>> <-> <<-> <->> @@ @@@ ? ?| ?& @? @>'.split(' '),
);
export const equalityOperators: ReadonlySet<string> = new Set(['=', '<>', '!=']);

/** Columns that the server gives to every table. */
export const systemColumns: ReadonlySet<string> = new Set([
  'tableoid',
  'ctid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
]);

function names(list: string): Set<string> {
  return new Set(list.trim().split(/\s+/));
}
