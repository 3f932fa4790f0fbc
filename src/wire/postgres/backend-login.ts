import type { ByteReader } from '../bytes.ts';
import { BackendType } from './backend.ts';
import { secretKeyBytesMax, secretKeyBytesMin } from './frontend.ts';
import { beginMessage, openMessage } from './message.ts';

// What servers send until a login is done. Layouts: PostgreSQL 18, "Message Formats" (protocol-message-formats).

export type Authentication =
  | { readonly kind: 'Ok' }
  | { readonly kind: 'CleartextPassword' }
  | { readonly kind: 'MD5Password'; readonly salt: Buffer }
  | { readonly kind: 'SASL'; readonly mechanisms: readonly string[] }
  | { readonly kind: 'SASLContinue'; readonly data: Buffer }
  | { readonly kind: 'SASLFinal'; readonly data: Buffer }
  /** Kerberos, GSSAPI, SSPI and what comes after them. */
  | { readonly kind: 'other'; readonly code: number };

/** `Int32 code | …`; views into the message. */
export function decodeAuthentication(buffer: Buffer, start: number, end: number): Authentication {
  const reader = openMessage('upstream', BackendType.Authentication, buffer, start, end);
  const authentication = authenticationOf(reader);
  if (authentication.kind !== 'other') reader.end();
  return authentication;
}

function authenticationOf(reader: ByteReader): Authentication {
  const code = reader.i32();
  switch (code) {
    case 0:
      return { kind: 'Ok' };
    case 3:
      return { kind: 'CleartextPassword' };
    case 5:
      return { kind: 'MD5Password', salt: reader.bytes(4) };
    case 10:
      return { kind: 'SASL', mechanisms: readNames(reader) };
    case 11:
      return { kind: 'SASLContinue', data: reader.rest() };
    case 12:
      return { kind: 'SASLFinal', data: reader.rest() };
    default:
      return { kind: 'other', code };
  }
}

/** `String* | Byte1 0` */
function readNames(reader: ByteReader): string[] {
  const names: string[] = [];
  for (let name = reader.cstring(); name !== ''; name = reader.cstring()) names.push(name);
  return names;
}

export function encodeAuthenticationOk(): Buffer {
  return beginMessage('upstream', BackendType.Authentication, 4).i32(0).end().take();
}

export function encodeAuthenticationCleartextPassword(): Buffer {
  return beginMessage('upstream', BackendType.Authentication, 4).i32(3).end().take();
}

export function encodeAuthenticationSASL(mechanisms: readonly string[]): Buffer {
  const writer = beginMessage('upstream', BackendType.Authentication).i32(10);
  for (const mechanism of mechanisms) writer.cstring(mechanism);
  return writer.u8(0).end().take();
}

export function encodeAuthenticationSASLContinue(data: Uint8Array): Buffer {
  return beginMessage('upstream', BackendType.Authentication).i32(11).bytes(data).end().take();
}

export function encodeAuthenticationSASLFinal(data: Uint8Array): Buffer {
  return beginMessage('upstream', BackendType.Authentication).i32(12).bytes(data).end().take();
}

export interface BackendKeyData {
  readonly processId: number;
  /** 4 bytes up to protocol 3.0, as many as 256 from 3.2 on; a view into the message. */
  readonly secretKey: Buffer;
}

/** `Int32 processId | Byte4..256 secretKey` */
export function decodeBackendKeyData(buffer: Buffer, start: number, end: number): BackendKeyData {
  const reader = openMessage('upstream', BackendType.BackendKeyData, buffer, start, end);
  const processId = reader.i32();
  if (reader.remaining < secretKeyBytesMin || reader.remaining > secretKeyBytesMax) {
    reader.fail('a BackendKeyData with a key of impossible length');
  }
  return { processId, secretKey: reader.rest() };
}

export function encodeBackendKeyData(key: {
  readonly processId: number;
  readonly secretKey: Uint8Array;
}): Buffer {
  return beginMessage('upstream', BackendType.BackendKeyData)
    .i32(key.processId)
    .bytes(key.secretKey)
    .end()
    .take();
}

export interface NegotiateProtocolVersion {
  readonly major: number;
  /** The newest minor version the server speaks. */
  readonly minor: number;
  /** Names of protocol options (`_pq_.…`) that the server does not know. */
  readonly unrecognized: readonly string[];
}

/** `Int32 version | Int32 count | String[count] option` */
export function decodeNegotiateProtocolVersion(
  buffer: Buffer,
  start: number,
  end: number,
): NegotiateProtocolVersion {
  const reader = openMessage('upstream', BackendType.NegotiateProtocolVersion, buffer, start, end);
  // The page calls it the minor version; servers send the whole (SendNegotiateProtocolVersion, backend_startup.c).
  const version = reader.u32();
  const count = reader.u32();
  if (count > reader.remaining) reader.fail('more items announced than there are bytes');
  const unrecognized: string[] = [];
  for (let index = 0; index < count; index++) unrecognized.push(reader.cstring());
  reader.end();
  return { major: version >>> 16 || 3, minor: version & 0xffff, unrecognized };
}

export function encodeNegotiateProtocolVersion(negotiated: {
  readonly minor: number;
  readonly unrecognized: readonly string[];
}): Buffer {
  const writer = beginMessage('upstream', BackendType.NegotiateProtocolVersion)
    .u32((3 << 16) | negotiated.minor)
    .i32(negotiated.unrecognized.length);
  for (const option of negotiated.unrecognized) writer.cstring(option);
  return writer.end().take();
}
