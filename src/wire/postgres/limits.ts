import { BackendType } from './backend.ts';
import { FrontendType } from './frontend.ts';

// The largest length field of each message type, for FrameSplitter's `bytesMax`. A type that is not here does
// not exist: 0, and the splitter refuses it.

/** PQ_SMALL_MESSAGE_LIMIT (libpq/libpq.h). */
const smallBytesMax = 10_000;
/** PQ_LARGE_MESSAGE_LIMIT: MaxAllocSize - 1 (libpq/libpq.h, utils/memutils.h), the largest the server sends or takes. */
export const largeBytesMax = 0x3ffffffe;
/** PG_MAX_AUTH_TOKEN_LENGTH (libpq/auth.h): the largest password or SASL message the server takes. */
const authBytesMax = 65_535;
/** What libpq takes for messages that are never long (pqParseInput3, fe-protocol3.c). */
const shortBytesMax = 30_000;
/** A ParameterDescription of 65,535 parameters. */
const parameterDescriptionBytesMax = 4 + 2 + 65_535 * 4;
/** The gateway's own limit for answers that it keeps whole in memory to look at: descriptions and errors. */
const keptBytesMax = 16 * 1024 * 1024;

/**
 * SocketBackend's limits (postgres.c), with the gateway's own, `commandBytesMax`, for what it must keep whole to
 * decide: Query, Parse, Bind, FunctionCall.
 */
export function frontendBytesMax(commandBytesMax: number): (type: number) => number {
  const commandMax = Math.min(commandBytesMax, largeBytesMax);
  return lookup([
    [FrontendType.Query, commandMax],
    [FrontendType.Parse, commandMax],
    [FrontendType.Bind, commandMax],
    [FrontendType.FunctionCall, commandMax],
    [FrontendType.CopyData, largeBytesMax],
    [FrontendType.Password, authBytesMax],
    [FrontendType.Close, smallBytesMax],
    [FrontendType.CopyDone, smallBytesMax],
    [FrontendType.CopyFail, smallBytesMax],
    [FrontendType.Describe, smallBytesMax],
    [FrontendType.Execute, smallBytesMax],
    [FrontendType.Flush, smallBytesMax],
    [FrontendType.Sync, smallBytesMax],
    [FrontendType.Terminate, smallBytesMax],
  ]);
}

/** libpq's limits, and the gateway's own where it keeps a message whole. */
export function backendBytesMax(): (type: number) => number {
  const long: readonly (readonly [number, number])[] = [
    [BackendType.DataRow, largeBytesMax],
    [BackendType.CopyData, largeBytesMax],
    [BackendType.FunctionCallResponse, largeBytesMax],
    [BackendType.RowDescription, keptBytesMax],
    [BackendType.ErrorResponse, keptBytesMax],
    [BackendType.NoticeResponse, keptBytesMax],
    [BackendType.NotificationResponse, keptBytesMax],
    [BackendType.ParameterDescription, parameterDescriptionBytesMax],
    [BackendType.Authentication, authBytesMax],
  ];
  const short = Object.values(BackendType).map((type) => [type, shortBytesMax] as const);
  return lookup([...short, ...long]);
}

function lookup(limits: readonly (readonly [number, number])[]): (type: number) => number {
  const table = new Uint32Array(256);
  for (const [type, bytes] of limits) table[type] = bytes;
  return (type) => table[type] ?? 0;
}
