/** DER (X.690), as much of it as a certificate needs: each function gives one whole element. */
export const der = {
  sequence: (...items: Uint8Array[]) => element(0x30, ...items),
  set: (...items: Uint8Array[]) => element(0x31, ...items),
  true: () => element(0x01, Uint8Array.of(0xff)),
  /** From a magnitude in big-endian; a zero is put before one that would read as negative (§8.3.3). */
  integer: (magnitude: Uint8Array) =>
    (magnitude[0] ?? 0) < 0x80 ? element(0x02, magnitude) : element(0x02, Uint8Array.of(0), magnitude),
  bitString: (bytes: Uint8Array, unusedBits = 0) => element(0x03, Uint8Array.of(unusedBits), bytes),
  octetString: (bytes: Uint8Array) => element(0x04, bytes),
  utf8String: (text: string) => element(0x0c, Buffer.from(text, 'utf8')),
  objectId,
  time,
  /** `[number] IMPLICIT` of something primitive. */
  implicit: (number: number, bytes: Uint8Array) => element(0x80 | number, bytes),
  /** `[number] EXPLICIT`. */
  explicit: (number: number, item: Uint8Array) => element(0xa0 | number, item),
};

/** §8.1.3: short form up to 127 octets, else the number of length octets and then the length. */
function element(tag: number, ...contents: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  const length = content.byteLength;
  if (length < 0x80) return Buffer.concat([Uint8Array.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Uint8Array.of(tag, 0x81, length), content]);
  if (length > 0xffff) throw new RangeError('no element of a certificate is this long');
  return Buffer.concat([Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), content]);
}

/** §8.19: the first two arcs in one, each arc in base 128, all but the last octet with the high bit. */
function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([40 * first + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const octets = [arc & 0x7f];
  for (let left = arc >>> 7; left > 0; left >>>= 7) octets.unshift((left & 0x7f) | 0x80);
  return octets;
}

/** RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050, both to the second. */
function time(ms: number): Uint8Array {
  const date = new Date(ms);
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  const isUtcTime = date.getUTCFullYear() < 2050;
  return element(isUtcTime ? 0x17 : 0x18, Buffer.from(isUtcTime ? digits.slice(2) : digits, 'latin1'));
}
