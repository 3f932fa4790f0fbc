/** Escapes all but the unreserved characters of RFC 3986 §2.3, in capitals, as SigV4 does. */
export function awsEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What an escaped text stands for; undefined where it is not spelt as SigV4 spells it. */
export function awsDecoded(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return awsEncoded(decoded) === text ? decoded : undefined;
  } catch {
    return undefined;
  }
}
