import { WireError } from '../bytes.ts';
import type { ByteReader, ByteWriter } from '../bytes.ts';
import { headerBytes } from './frames.ts';
import {
  beginMessage,
  openMessage,
  readFormat,
  readFormats,
  readOids,
  valuesBytes,
  writeValues,
} from './message.ts';
import type { FormatCode } from './message.ts';

// What servers send, but for the login (backend-login.ts). Layouts: PostgreSQL 18, "Message Formats" (protocol-message-formats).

export const BackendType = {
  Authentication: 0x52, // R
  BackendKeyData: 0x4b, // K
  BindComplete: 0x32, // 2
  CloseComplete: 0x33, // 3
  CommandComplete: 0x43, // C
  CopyBothResponse: 0x57, // W
  CopyData: 0x64, // d
  CopyDone: 0x63, // c
  CopyInResponse: 0x47, // G
  CopyOutResponse: 0x48, // H
  DataRow: 0x44, // D
  EmptyQueryResponse: 0x49, // I
  ErrorResponse: 0x45, // E
  FunctionCallResponse: 0x56, // V
  NegotiateProtocolVersion: 0x76, // v
  NoData: 0x6e, // n
  NoticeResponse: 0x4e, // N
  NotificationResponse: 0x41, // A
  ParameterDescription: 0x74, // t
  ParameterStatus: 0x53, // S
  ParseComplete: 0x31, // 1
  PortalSuspended: 0x73, // s
  ReadyForQuery: 0x5a, // Z
  RowDescription: 0x54, // T
} as const;

export interface ParameterStatus {
  readonly name: string;
  readonly value: string;
}

/** `String name | String value` */
export function decodeParameterStatus(buffer: Buffer, start: number, end: number): ParameterStatus {
  const reader = openMessage('upstream', BackendType.ParameterStatus, buffer, start, end);
  const name = reader.cstring();
  const value = reader.cstring();
  reader.end();
  return { name, value };
}

export function encodeParameterStatus({ name, value }: ParameterStatus): Buffer {
  return beginMessage('upstream', BackendType.ParameterStatus).cstring(name).cstring(value).end().take();
}

/** Idle, in a transaction, or in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** `Byte1 status` */
export function decodeReadyForQuery(buffer: Buffer, start: number, end: number): TransactionStatus {
  const reader = openMessage('upstream', BackendType.ReadyForQuery, buffer, start, end);
  const status = String.fromCharCode(reader.u8());
  reader.end();
  if (status === 'I' || status === 'T' || status === 'E') return status;
  return reader.fail('a ReadyForQuery with an unknown transaction status');
}

export function encodeReadyForQuery(status: TransactionStatus): Buffer {
  return beginMessage('upstream', BackendType.ReadyForQuery, 1).u8(status.charCodeAt(0)).end().take();
}

export interface FieldDescription {
  readonly name: string;
  /** 0 where the field is no column of a table. */
  readonly tableOid: number;
  /** The column's attribute number; 0 where the field is no column of a table. */
  readonly columnAttr: number;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typeModifier: number;
  /** In a Describe of a statement always 0: not yet known. */
  readonly format: FormatCode;
}

/** Name's NUL and the fixed fields: no field is shorter. */
const fieldBytesMin = 1 + 4 + 2 + 4 + 2 + 4 + 2;

/**
 *     Int16 count | (String name | Int32 tableOid | Int16 columnAttr | Int32 typeOid | Int16 typeSize
 *     | Int32 typeModifier | Int16 format)[count]
 */
export function decodeRowDescription(buffer: Buffer, start: number, end: number): FieldDescription[] {
  const reader = openMessage('upstream', BackendType.RowDescription, buffer, start, end);
  const fields: FieldDescription[] = [];
  for (let left = reader.count(fieldBytesMin); left > 0; left--) fields.push(readField(reader));
  reader.end();
  return fields;
}

function readField(reader: ByteReader): FieldDescription {
  return {
    name: reader.cstring(),
    tableOid: reader.u32(),
    columnAttr: reader.i16(),
    typeOid: reader.u32(),
    typeSize: reader.i16(),
    typeModifier: reader.i32(),
    format: readFormat(reader),
  };
}

export function encodeRowDescription(fields: readonly FieldDescription[]): Buffer {
  const writer = beginMessage('upstream', BackendType.RowDescription, 2 + fields.length * 32);
  writer.count(fields.length);
  for (const field of fields) writeField(writer, field);
  return writer.end().take();
}

function writeField(writer: ByteWriter, field: FieldDescription): void {
  writer
    .cstring(field.name)
    .u32(field.tableOid)
    .i16(field.columnAttr)
    .u32(field.typeOid)
    .i16(field.typeSize)
    .i32(field.typeModifier)
    .i16(field.format);
}

/** `Int16 count | Int32[count] typeOid` */
export function decodeParameterDescription(buffer: Buffer, start: number, end: number): number[] {
  const reader = openMessage('upstream', BackendType.ParameterDescription, buffer, start, end);
  const typeOids = readOids(reader);
  reader.end();
  return typeOids;
}

export function encodeParameterDescription(typeOids: readonly number[]): Buffer {
  const writer = beginMessage('upstream', BackendType.ParameterDescription, 2 + typeOids.length * 4);
  writer.count(typeOids.length);
  for (const oid of typeOids) writer.u32(oid);
  return writer.end().take();
}

/** Sees one field of a DataRow: `buffer[valueStart, valueStart + valueLength)`; length -1 is NULL. */
export type FieldVisitor = (index: number, valueStart: number, valueLength: number) => void;

/**
 * Visits the fields of a DataRow in order, allocating nothing. `columns`, where given, is what RowDescription
 * announced; a row of another width is refused before any field is seen. The type byte is the caller's to check.
 *
 *     Int16 count | (Int32 length, or -1 | bytes)[count]
 *
 * @throws WireError `upstream`; fields before the broken one have then been visited
 */
export function forEachField(
  buffer: Buffer,
  start: number,
  end: number,
  visit: FieldVisitor,
  columns?: number,
): void {
  const count = fieldCount(buffer, start, end);
  if (columns !== undefined && count !== columns) broken('a DataRow that does not fit its RowDescription');
  let at = start + headerBytes + 2;
  for (let index = 0; index < count; index++) {
    if (end - at < 4) broken('a DataRow that ends before its last field');
    const length = buffer.readInt32BE(at);
    at += 4;
    if (length < -1) broken('a DataRow with a negative field length');
    if (length > end - at) broken('a DataRow field that reaches past its message');
    visit(index, at, length);
    if (length > 0) at += length;
  }
  if (at !== end) broken('a DataRow with bytes after its last field');
}

/** How many fields a DataRow announces. */
function fieldCount(buffer: Buffer, start: number, end: number): number {
  if (end > buffer.length || end - start < headerBytes + 2) broken('a DataRow without a field count');
  return buffer.readUInt16BE(start + headerBytes);
}

function broken(message: string): never {
  throw new WireError('upstream', message);
}

export function encodeDataRow(values: readonly (Uint8Array | null)[]): Buffer {
  const writer = beginMessage('upstream', BackendType.DataRow, valuesBytes(values));
  return writeValues(writer, values).end().take();
}

/** `String tag`: `SELECT 3` */
export function decodeCommandComplete(buffer: Buffer, start: number, end: number): string {
  const reader = openMessage('upstream', BackendType.CommandComplete, buffer, start, end);
  const tag = reader.cstring();
  reader.end();
  return tag;
}

export function encodeCommandComplete(tag: string): Buffer {
  return beginMessage('upstream', BackendType.CommandComplete).cstring(tag).end().take();
}

/**
 * The fields of an ErrorResponse or NoticeResponse by their letter (protocol-error-fields); none is sure to be
 * there. The first of a letter given twice counts. Text that is not UTF-8 is replaced, not refused: before login
 * the server speaks whatever its locale does.
 *
 *     (Byte1 letter | String value)* | Byte1 0
 */
export function decodeErrorFields(buffer: Buffer, start: number, end: number): Map<string, string> {
  const isNotice = buffer[start] === BackendType.NoticeResponse;
  const type = isNotice ? BackendType.NoticeResponse : BackendType.ErrorResponse;
  const reader = openMessage('upstream', type, buffer, start, end);
  const fields = new Map<string, string>();
  for (let letter = reader.u8(); letter !== 0; letter = reader.u8()) {
    const name = String.fromCharCode(letter);
    const value = reader.cstringLossy();
    if (!fields.has(name)) fields.set(name, value);
  }
  reader.end();
  return fields;
}

/** Letter → text. */
export type ErrorFields = Readonly<Record<string, string>> | ReadonlyMap<string, string>;

export function encodeErrorResponse(fields: ErrorFields): Buffer {
  return encodeErrorFields(BackendType.ErrorResponse, fields);
}

export function encodeNoticeResponse(fields: ErrorFields): Buffer {
  return encodeErrorFields(BackendType.NoticeResponse, fields);
}

function encodeErrorFields(type: number, fields: ErrorFields): Buffer {
  const writer = beginMessage('upstream', type, 256);
  const entries = fields instanceof Map ? fields : Object.entries(fields);
  for (const [letter, text] of entries) {
    if (letter.length !== 1 || letter < '!' || letter > '~') {
      throw new WireError('upstream', 'an error field that is no letter');
    }
    // Replaced, not refused: an error must reach the client, and must not forge a field on its way.
    writer.u8(letter.charCodeAt(0)).cstring(text.replaceAll('\0', '\ufffd'));
  }
  return writer.u8(0).end().take();
}

export interface Notification {
  readonly processId: number;
  readonly channel: string;
  readonly payload: string;
}

/** `Int32 processId | String channel | String payload` */
export function decodeNotification(buffer: Buffer, start: number, end: number): Notification {
  const reader = openMessage('upstream', BackendType.NotificationResponse, buffer, start, end);
  const processId = reader.i32();
  const channel = reader.cstring();
  const payload = reader.cstring();
  reader.end();
  return { processId, channel, payload };
}

export function encodeNotificationResponse({ processId, channel, payload }: Notification): Buffer {
  return beginMessage('upstream', BackendType.NotificationResponse)
    .i32(processId)
    .cstring(channel)
    .cstring(payload)
    .end()
    .take();
}

export interface CopyResponse {
  readonly format: FormatCode;
  readonly columnFormats: readonly FormatCode[];
}

/** CopyInResponse, CopyOutResponse, CopyBothResponse: `Int8 format | Int16 count | Int16[count] columnFormat` */
export function decodeCopyResponse(buffer: Buffer, start: number, end: number): CopyResponse {
  const reader = openMessage('upstream', copyType(buffer[start]), buffer, start, end);
  const format = reader.u8();
  if (format !== 0 && format !== 1) reader.fail('a COPY that is neither text nor binary');
  const columnFormats = readFormats(reader);
  reader.end();
  return { format: format === 0 ? 0 : 1, columnFormats };
}

function copyType(type: number | undefined): number {
  if (type === BackendType.CopyInResponse || type === BackendType.CopyBothResponse) return type;
  return BackendType.CopyOutResponse;
}
