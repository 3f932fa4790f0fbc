/** What a body is, as far as it can be looked into. */
export type BodyKind = 'json' | 'json-lines' | 'events' | 'form' | 'text' | 'other';

const kinds = new Map<string, BodyKind>();
const kindsMax = 200;

/** By the Content-Type field (RFC 9110 §8.3). JSON is UTF-8 (RFC 8259 §8.1); any other charset could spell anything. */
export function bodyKind(contentType = ''): BodyKind {
  let kind = kinds.get(contentType);
  if (kind === undefined) {
    if (kinds.size >= kindsMax) kinds.clear();
    kinds.set(contentType, (kind = kindOf(contentType)));
  }
  return kind;
}

function kindOf(contentType: string): BodyKind {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((part) => part.startsWith('charset='))?.slice('charset='.length);
  const name = charset?.replaceAll('"', '') ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(name)) return 'other';
  if (/^(?:application|text)\/(?:json|x-amz-json-1\.[01]|[\w.-]+\+json)$/.test(type)) return 'json';
  if (/^application\/(?:x-ndjson|ndjson|jsonl|json-lines|x-jsonlines|stream\+json)$/.test(type))
    return 'json-lines';
  if (type === 'text/event-stream') return 'events';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('text/') || /^application\/(?:xml|[\w.-]+\+xml|javascript|yaml)$/.test(type)) {
    return 'text';
  }
  return 'other';
}
