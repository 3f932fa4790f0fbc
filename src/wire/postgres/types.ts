/** OIDs of PostgreSQL's built-in types (src/include/catalog/pg_type.dat); they never change between versions. */
export const TypeOid = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  xml: 142,
  cidr: 650,
  float4: 700,
  float8: 701,
  unknown: 705,
  macaddr8: 774,
  money: 790,
  macaddr: 829,
  inet: 869,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  timetz: 1266,
  bit: 1560,
  varbit: 1562,
  numeric: 1700,
  uuid: 2950,
  pgLsn: 3220,
  tsvector: 3614,
  tsquery: 3615,
  jsonb: 3802,
  int4range: 3904,
  numrange: 3906,
  tsrange: 3908,
  tstzrange: 3910,
  daterange: 3912,
  int8range: 3926,
  int4multirange: 4451,
  nummultirange: 4532,
  tsmultirange: 4533,
  tstzmultirange: 4534,
  datemultirange: 4535,
  int8multirange: 4536,
} as const;

/** Element type → its array type. */
export const arrayOids: ReadonlyMap<number, number> = new Map([
  [TypeOid.bool, 1000],
  [TypeOid.bytea, 1001],
  [TypeOid.char, 1002],
  [TypeOid.name, 1003],
  [TypeOid.int2, 1005],
  [TypeOid.int4, 1007],
  [TypeOid.text, 1009],
  [TypeOid.bpchar, 1014],
  [TypeOid.varchar, 1015],
  [TypeOid.int8, 1016],
  [TypeOid.float4, 1021],
  [TypeOid.float8, 1022],
  [TypeOid.oid, 1028],
  [TypeOid.macaddr, 1040],
  [TypeOid.inet, 1041],
  [TypeOid.cidr, 651],
  [TypeOid.json, 199],
  [TypeOid.xml, 143],
  [TypeOid.macaddr8, 775],
  [TypeOid.money, 791],
  [TypeOid.timestamp, 1115],
  [TypeOid.date, 1182],
  [TypeOid.time, 1183],
  [TypeOid.timestamptz, 1185],
  [TypeOid.interval, 1187],
  [TypeOid.numeric, 1231],
  [TypeOid.timetz, 1270],
  [TypeOid.bit, 1561],
  [TypeOid.varbit, 1563],
  [TypeOid.uuid, 2951],
  [TypeOid.pgLsn, 3221],
  [TypeOid.tsvector, 3643],
  [TypeOid.tsquery, 3645],
  [TypeOid.jsonb, 3807],
  [TypeOid.int4range, 3905],
  [TypeOid.numrange, 3907],
  [TypeOid.tsrange, 3909],
  [TypeOid.tstzrange, 3911],
  [TypeOid.daterange, 3913],
  [TypeOid.int8range, 3927],
]);

const elementOids: ReadonlyMap<number, number> = new Map(
  [...arrayOids].map(([element, array]) => [array, element]),
);

/** What an array type of a fixed OID is made of; undefined for every other type. */
export function elementOid(arrayOid: number): number | undefined {
  return elementOids.get(arrayOid);
}

/** A value in both of PostgreSQL's formats. */
export interface TypedValue {
  readonly text: Buffer;
  readonly binary: Buffer;
}

const unixEpochDays = -10_957; // PostgreSQL counts from 2000-01-01
const unixEpochMicroseconds = -946_684_800_000_000n;

/**
 * A value of each type that says nothing: zero, empty, the epoch. Types that have none such (points, enums, what
 * this gateway does not know) are absent. Text forms are read alike under every DateStyle, IntervalStyle and locale.
 * Binary forms: the `_send` functions of src/backend/utils/adt.
 */
export const blankValues: ReadonlyMap<number, TypedValue> = new Map([
  [TypeOid.bool, typed('f', zeros(1))],
  [TypeOid.bytea, typed('\\x', zeros(0))],
  [TypeOid.int2, typed('0', zeros(2))],
  [TypeOid.int4, typed('0', zeros(4))],
  [TypeOid.int8, typed('0', zeros(8))],
  [TypeOid.oid, typed('0', zeros(4))],
  [TypeOid.float4, typed('0', zeros(4))],
  [TypeOid.float8, typed('0', zeros(8))],
  [TypeOid.money, typed('0', zeros(8))],
  [TypeOid.numeric, typed('0', zeros(8))], // no digits, weight, sign, scale
  [TypeOid.date, typed('1970-01-01', int32(unixEpochDays))],
  [TypeOid.time, typed('00:00:00', zeros(8))],
  [TypeOid.timetz, typed('00:00:00+00', zeros(12))],
  [TypeOid.timestamp, typed('1970-01-01 00:00:00', int64(unixEpochMicroseconds))],
  [TypeOid.timestamptz, typed('1970-01-01 00:00:00+00', int64(unixEpochMicroseconds))],
  [TypeOid.interval, typed('00:00:00', zeros(16))],
  [TypeOid.uuid, typed('00000000-0000-0000-0000-000000000000', zeros(16))],
  [TypeOid.inet, typed('0.0.0.0', address(0))],
  [TypeOid.cidr, typed('0.0.0.0/32', address(1))],
  [TypeOid.macaddr, typed('00:00:00:00:00:00', zeros(6))],
  [TypeOid.macaddr8, typed('00:00:00:00:00:00:00:00', zeros(8))],
  [TypeOid.xml, same('<redacted/>')],
  [TypeOid.bit, typed('', zeros(4))], // number of bits
  [TypeOid.varbit, typed('', zeros(4))],
  [TypeOid.pgLsn, typed('0/0', zeros(8))],
  [TypeOid.tsvector, typed('', zeros(4))], // number of lexemes
  [TypeOid.tsquery, oneWordQuery('redacted')], // the server does not take an empty one in binary
  ...[
    TypeOid.int4range,
    TypeOid.numrange,
    TypeOid.tsrange,
    TypeOid.tstzrange,
    TypeOid.daterange,
    TypeOid.int8range,
  ].map((oid): [number, TypedValue] => [oid, typed('empty', Buffer.of(1))]), // RANGE_EMPTY
  ...[
    TypeOid.int4multirange,
    TypeOid.nummultirange,
    TypeOid.tsmultirange,
    TypeOid.tstzmultirange,
    TypeOid.datemultirange,
    TypeOid.int8multirange,
  ].map((oid): [number, TypedValue] => [oid, typed('{}', zeros(4))]), // number of ranges
  ...[...arrayOids].map(([element, array]): [number, TypedValue] => [
    array,
    typed('{}', emptyArray(element)),
  ]),
]);

function typed(text: string, binary: Buffer): TypedValue {
  return { text: Buffer.from(text), binary };
}

/** For types whose binary form is their text. */
function same(text: string): TypedValue {
  return typed(text, Buffer.from(text));
}

/** Number of items; of the one: kind (1 = QI_VAL), weight, prefix, text. */
function oneWordQuery(word: string): TypedValue {
  return typed(`'${word}'`, Buffer.concat([int32(1), Buffer.of(1, 0, 0), Buffer.from(`${word}\0`)]));
}

function zeros(bytes: number): Buffer {
  return Buffer.alloc(bytes);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** 0.0.0.0/32: family (2 = PGSQL_AF_INET), bits, whether cidr, length, address. */
function address(isCidr: 0 | 1): Buffer {
  return Buffer.of(2, 32, isCidr, 4, 0, 0, 0, 0);
}

/** Dimensions, flags, type of the elements there are none of. */
function emptyArray(element: number): Buffer {
  return Buffer.concat([zeros(8), int32(element)]);
}

const textOids: ReadonlySet<number> = new Set([
  TypeOid.text,
  TypeOid.varchar,
  TypeOid.bpchar,
  TypeOid.name,
  TypeOid.unknown,
]);

/** Whether values are plain text in both formats. `citext` has no fixed OID: whoever read the catalog knows it. */
export function isTextOid(oid: number): boolean {
  return textOids.has(oid);
}

export function isJsonOid(oid: number): boolean {
  return oid === TypeOid.json || oid === TypeOid.jsonb;
}
