import { ByteReader, ByteWriter } from '../bytes.ts';
import {
  beginMessage,
  openMessage,
  readFormats,
  readOids,
  readValue,
  readValues,
  valuesBytes,
  writeFormats,
  writeValues,
} from './message.ts';
import type { FormatCode } from './message.ts';

// What clients send. Layouts: PostgreSQL 18, "Message Formats" (protocol-message-formats).

export const FrontendType = {
  Bind: 0x42, // B
  Close: 0x43, // C
  CopyData: 0x64, // d
  CopyDone: 0x63, // c
  CopyFail: 0x66, // f
  Describe: 0x44, // D
  Execute: 0x45, // E
  Flush: 0x48, // H
  FunctionCall: 0x46, // F
  Parse: 0x50, // P
  Password: 0x70, // p: PasswordMessage, SASLInitialResponse, SASLResponse, GSSResponse
  Query: 0x51, // Q
  Sync: 0x53, // S
  Terminate: 0x58, // X
} as const;

const cancelRequestCode = 80877102;
const sslRequestCode = 80877103;
const gssEncRequestCode = 80877104;
/** Protocol 3.2: "The maximum key length is 256 bytes" (BackendKeyData); 3.0 has 4. */
export const secretKeyBytesMax = 256;
export const secretKeyBytesMin = 4;

export interface StartupMessage {
  readonly kind: 'StartupMessage';
  readonly major: number;
  readonly minor: number;
  readonly parameters: ReadonlyMap<string, string>;
}
export interface CancelRequest {
  readonly kind: 'CancelRequest';
  readonly processId: number;
  readonly secretKey: Buffer;
}
export type StartupPacket =
  | StartupMessage
  | CancelRequest
  | { readonly kind: 'SSLRequest' }
  | { readonly kind: 'GSSENCRequest' };

/** A packet of `StartupSplitter`, its length included: `Int32 length | Int32 code | …` */
export function decodeStartup(packet: Buffer): StartupPacket {
  const reader = new ByteReader('client', packet);
  if (reader.u32() !== packet.length) reader.fail('a startup packet whose length does not fit its bytes');
  const code = reader.u32();
  switch (code) {
    case sslRequestCode:
      reader.end();
      return { kind: 'SSLRequest' };
    case gssEncRequestCode:
      reader.end();
      return { kind: 'GSSENCRequest' };
    case cancelRequestCode:
      return decodeCancelRequest(reader);
    default:
      return decodeStartupMessage(reader, code >>> 16, code & 0xffff);
  }
}

/** `Int32 processId | Byte4..256 secretKey` */
function decodeCancelRequest(reader: ByteReader): CancelRequest {
  const processId = reader.i32();
  if (reader.remaining < secretKeyBytesMin || reader.remaining > secretKeyBytesMax) {
    reader.fail('a CancelRequest with a key of impossible length');
  }
  return { kind: 'CancelRequest', processId, secretKey: reader.rest() };
}

/** `(String name | String value)* | Byte1 0` */
function decodeStartupMessage(reader: ByteReader, major: number, minor: number): StartupMessage {
  // Another major version has another layout: nothing that follows could be trusted.
  if (major !== 3) reader.fail(`unsupported frontend protocol ${major}.${minor}: 3.0 to 3.2 are served`);
  const parameters = new Map<string, string>();
  for (let name = reader.cstring(); name !== ''; name = reader.cstring()) {
    // PostgreSQL lets the last one win; whoever decided by the first would be fooled.
    if (parameters.has(name)) reader.fail('a startup parameter given twice');
    parameters.set(name, reader.cstring());
  }
  reader.end();
  return { kind: 'StartupMessage', major, minor, parameters };
}

export function encodeStartup(
  parameters: Iterable<readonly [string, string]>,
  version: { readonly minor: number } = { minor: 0 },
): Buffer {
  const writer = new ByteWriter('client').begin().u32((3 << 16) | version.minor);
  for (const [name, value] of parameters) {
    // An empty name would end the list and hide what follows.
    if (name === '') throw new TypeError('a startup parameter without a name');
    writer.cstring(name).cstring(value);
  }
  return writer.u8(0).end().take();
}

export function encodeSSLRequest(): Buffer {
  return new ByteWriter('client', 8).begin().u32(sslRequestCode).end().take();
}

export function encodeCancelRequest(request: Pick<CancelRequest, 'processId' | 'secretKey'>): Buffer {
  return new ByteWriter('client')
    .begin()
    .u32(cancelRequestCode)
    .i32(request.processId)
    .bytes(request.secretKey)
    .end()
    .take();
}

/** `String query` */
export function decodeQuery(buffer: Buffer, start: number, end: number): string {
  return onlyText(FrontendType.Query, buffer, start, end);
}

export function encodeQuery(query: string): Buffer {
  return beginMessage('client', FrontendType.Query, query.length + 1)
    .cstring(query)
    .end()
    .take();
}

export interface Parse {
  readonly name: string;
  readonly query: string;
  /** Type OIDs; 0, or none, leaves the type to the server. */
  readonly parameterTypes: readonly number[];
}

/** `String name | String query | Int16 count | Int32[count] typeOid` */
export function decodeParse(buffer: Buffer, start: number, end: number): Parse {
  const reader = openMessage('client', FrontendType.Parse, buffer, start, end);
  const name = reader.cstring();
  const query = reader.cstring();
  const parameterTypes = readOids(reader);
  reader.end();
  return { name, query, parameterTypes };
}

export function encodeParse({ name, query, parameterTypes }: Parse): Buffer {
  const writer = beginMessage('client', FrontendType.Parse, name.length + query.length + 64);
  writer.cstring(name).cstring(query).count(parameterTypes.length);
  for (const oid of parameterTypes) writer.u32(oid);
  return writer.end().take();
}

export interface Bind {
  readonly portal: string;
  readonly statement: string;
  /** None: all text; one: for all; else one each (`formatOf`). */
  readonly parameterFormats: readonly FormatCode[];
  /** Views into the message; null is SQL's NULL. */
  readonly parameters: readonly (Buffer | null)[];
  readonly resultFormats: readonly FormatCode[];
}

/**
 *     String portal | String statement | Int16 count | Int16[count] parameterFormat
 *     | Int16 count | (Int32 length | bytes)[count] parameter | Int16 count | Int16[count] resultFormat
 */
export function decodeBind(buffer: Buffer, start: number, end: number): Bind {
  const reader = openMessage('client', FrontendType.Bind, buffer, start, end);
  const portal = reader.cstring();
  const statement = reader.cstring();
  const parameterFormats = readFormats(reader);
  const parameters = readValues(reader);
  // exec_bind_message (postgres.c): none, one for all, or one each.
  if (parameterFormats.length > 1 && parameterFormats.length !== parameters.length) {
    reader.fail('a Bind whose formats do not fit its parameters');
  }
  const resultFormats = readFormats(reader);
  reader.end();
  return { portal, statement, parameterFormats, parameters, resultFormats };
}

export function encodeBind(bind: Omit<Bind, 'parameters'> & { parameters: readonly (Uint8Array | null)[] }) {
  const { portal, statement, parameterFormats, parameters, resultFormats } = bind;
  const writer = beginMessage('client', FrontendType.Bind, 64 + valuesBytes(parameters));
  writer.cstring(portal).cstring(statement);
  writeFormats(writer, parameterFormats);
  writeValues(writer, parameters);
  return writeFormats(writer, resultFormats).end().take();
}

/** A prepared statement (S) or a portal (P). */
export interface Named {
  readonly kind: 'S' | 'P';
  readonly name: string;
}

/** `Byte1 'S' or 'P' | String name` */
export function decodeDescribe(buffer: Buffer, start: number, end: number): Named {
  return decodeNamed(FrontendType.Describe, buffer, start, end);
}

/** `Byte1 'S' or 'P' | String name` */
export function decodeClose(buffer: Buffer, start: number, end: number): Named {
  return decodeNamed(FrontendType.Close, buffer, start, end);
}

function decodeNamed(type: number, buffer: Buffer, start: number, end: number): Named {
  const reader = openMessage('client', type, buffer, start, end);
  const kind = String.fromCharCode(reader.u8());
  if (kind !== 'S' && kind !== 'P') reader.fail('neither a statement nor a portal');
  const name = reader.cstring();
  reader.end();
  return { kind: kind === 'S' ? 'S' : 'P', name };
}

export function encodeDescribe(what: Named): Buffer {
  return encodeNamed(FrontendType.Describe, what);
}

export function encodeClose(what: Named): Buffer {
  return encodeNamed(FrontendType.Close, what);
}

function encodeNamed(type: number, { kind, name }: Named): Buffer {
  return beginMessage('client', type).u8(kind.charCodeAt(0)).cstring(name).end().take();
}

export interface Execute {
  readonly portal: string;
  /** 0: all of them. */
  readonly rowsMax: number;
}

/** `String portal | Int32 rowsMax` */
export function decodeExecute(buffer: Buffer, start: number, end: number): Execute {
  const reader = openMessage('client', FrontendType.Execute, buffer, start, end);
  const portal = reader.cstring();
  // exec_execute_message (postgres.c) takes anything below 1 for "all".
  const rowsMax = Math.max(0, reader.i32());
  reader.end();
  return { portal, rowsMax };
}

export function encodeExecute({ portal, rowsMax }: Execute): Buffer {
  return beginMessage('client', FrontendType.Execute).cstring(portal).i32(rowsMax).end().take();
}

/**
 *     Int32 functionOid | Int16 count | Int16[count] argumentFormat
 *     | Int16 count | (Int32 length | bytes)[count] argument | Int16 resultFormat
 */
export function decodeFunctionCall(buffer: Buffer, start: number, end: number): { functionOid: number } {
  const reader = openMessage('client', FrontendType.FunctionCall, buffer, start, end);
  const functionOid = reader.u32();
  readFormats(reader);
  readValues(reader);
  reader.u16();
  reader.end();
  return { functionOid };
}

/** `String password` */
export function decodePassword(buffer: Buffer, start: number, end: number): string {
  return onlyText(FrontendType.Password, buffer, start, end);
}

export function encodePassword(password: string): Buffer {
  return beginMessage('client', FrontendType.Password, password.length + 1)
    .cstring(password)
    .end()
    .take();
}

export interface SASLInitialResponse {
  readonly mechanism: string;
  /** A view into the message; null where the client sent none. */
  readonly data: Buffer | null;
}

/** `String mechanism | Int32 length, or -1 | bytes` */
export function decodeSASLInitialResponse(buffer: Buffer, start: number, end: number): SASLInitialResponse {
  const reader = openMessage('client', FrontendType.Password, buffer, start, end);
  const mechanism = reader.cstring();
  const data = readValue(reader);
  reader.end();
  return { mechanism, data };
}

export function encodeSASLInitialResponse(mechanism: string, data: Uint8Array | null): Buffer {
  return beginMessage('client', FrontendType.Password).cstring(mechanism).value(data).end().take();
}

/** All of the body is the mechanism's; a view into the message. */
export function decodeSASLResponse(buffer: Buffer, start: number, end: number): Buffer {
  return openMessage('client', FrontendType.Password, buffer, start, end).rest();
}

export function encodeSASLResponse(data: Uint8Array): Buffer {
  return beginMessage('client', FrontendType.Password, data.byteLength).bytes(data).end().take();
}

/** `bytes` */
export function encodeCopyData(data: Uint8Array): Buffer {
  return beginMessage('client', FrontendType.CopyData, data.byteLength).bytes(data).end().take();
}

/** `String reason` */
export function decodeCopyFail(buffer: Buffer, start: number, end: number): string {
  return onlyText(FrontendType.CopyFail, buffer, start, end);
}

export function encodeCopyFail(reason: string): Buffer {
  return beginMessage('client', FrontendType.CopyFail).cstring(reason).end().take();
}

/** Sync, Flush, CopyDone and Terminate have no body. */
export function checkEmpty(type: number, buffer: Buffer, start: number, end: number): void {
  openMessage('client', type, buffer, start, end).end();
}

export function encodeSync(): Buffer {
  return encodeEmpty(FrontendType.Sync);
}

export function encodeFlush(): Buffer {
  return encodeEmpty(FrontendType.Flush);
}

export function encodeTerminate(): Buffer {
  return encodeEmpty(FrontendType.Terminate);
}

function encodeEmpty(type: number): Buffer {
  return beginMessage('client', type, 0).end().take();
}

function onlyText(type: number, buffer: Buffer, start: number, end: number): string {
  const reader = openMessage('client', type, buffer, start, end);
  const text = reader.cstring();
  reader.end();
  return text;
}
