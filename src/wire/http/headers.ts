/** One header field, its name as it came. */
export type Field = readonly [name: string, value: string];

/** RFC 9110 §7.6.1, and what was one by custom: they are about one connection, not about the message. */
const hopByHop: ReadonlySet<string> = new Set(
  (
    'connection proxy-connection keep-alive proxy-authenticate proxy-authorization proxy-authentication-info te ' +
    'trailer transfer-encoding upgrade'
  ).split(' '),
);

/** By these a client says who it is, or what it means to ask: the gateway's business alone. */
const clientsNever: readonly RegExp[] = [
  /^(?:host|authorization|cookie2?|expect|content-length|accept-encoding|date)$/,
  /^(?:via|forwarded|x-forwarded|x-real-ip|x-originating-ip|x-remote-(?:ip|addr)|x-envoy-.*|cf-.*|fastly-.*)$/,
  /^(?:x-(?:client|cluster-client|true-client)-ip|true-client-ip|client-ip|x-host|x-original-.*|x-rewrite-.*)$/,
  /^x-forwarded-.*/,
  /^(?:x-)?(?:remote|authenticated|auth|auth-request|webauth|user|login|token|ssl|tls|client-cert|consumer|credential)(?:-.*)?$/,
  /^x-(?:amzn-oidc|ms-client-principal|ms-token|goog-(?:iap|authenticated)|api-key-id|jwt|identity|impersonate)(?:-.*)?$/,
  /^impersonate-.*/,
  /^x-(?:http-)?method(?:-override)?$/,
  /^sallyport-.*/,
  /^proxy-.*/,
];

/** By these an upstream would speak for the gateway's origin, or tell of what is between the two. */
const upstreamsNever: readonly RegExp[] = [
  /^set-cookie2?$/,
  /^(?:www-authenticate|authentication-info|proxy-.*|alt-svc|clear-site-data|server|x-powered-by|via)$/,
  /^(?:strict-transport-security|public-key-pins.*|expect-ct|service-worker-allowed|reporting-endpoints|report-to|nel)$/,
  /^(?:access-control|cross-origin|timing-allow)-.*/,
  /^(?:origin-agent-cluster|content-security-policy.*|x-frame-options|x-content-type-options|content-length)$/,
  /^sallyport-.*/,
];

/** What of a client's header fields goes on. One whose name has an underscore is read by some servers as another. */
export function fieldsForUpstream(fields: readonly Field[]): Field[] {
  return endToEnd(fields).filter(([name]) => goesOn(name));
}

/** What of an upstream's header fields goes back. */
export function fieldsForClient(fields: readonly Field[]): Field[] {
  return endToEnd(fields).filter(([name]) => goesBack(name));
}

/**
 * What of an upstream's trailer fields goes back (RFC 9110 §6.5.1): none that says what the message is, where it goes, who
 * may see it or for how long it is good, for that was decided without them.
 */
export function trailersForClient(fields: readonly Field[]): Field[] {
  return fieldsForClient(fields).filter(([name]) => !inHeadOnly.test(name.toLowerCase()));
}

const inHeadOnly =
  /^(?:content-.*|location|refresh|link|cache-control|expires|age|vary|date|pragma|warning|retry-after|allow|host|authorization|cookie2?|range|accept-.*|expect|max-forwards|if-.*|etag|last-modified|sourcemap|x-sourcemap|cf-.*|surrogate-.*)$/;

/** Without those of the connection, whatever the Connection field adds to them. */
function endToEnd(fields: readonly Field[]): Field[] {
  const named = namedByConnection(fields);
  return fields.filter(([name]) => !isHopByHop(name) && named?.has(name.toLowerCase()) !== true);
}

function namedByConnection(fields: readonly Field[]): ReadonlySet<string> | undefined {
  const value = fieldValue(fields, 'connection');
  // What most of them say, which names no field.
  if (value === undefined || value === 'keep-alive' || value === 'close') return undefined;
  return new Set(value.split(',').map((token) => token.trim().toLowerCase()));
}

/** Asked of the same few names again and again; what is remembered is bounded. */
function remembered(decide: (lower: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    let is = known.get(name);
    if (is === undefined) {
      if (known.size >= namesMax) known.clear();
      known.set(name, (is = decide(name.toLowerCase())));
    }
    return is;
  };
}

const namesMax = 1_000;
const isHopByHop = remembered((name) => hopByHop.has(name));
const goesOn = remembered(
  (name) => /^[!#$%&'*+.^`|~0-9a-z-]+$/.test(name) && !clientsNever.some((pattern) => pattern.test(name)),
);
const goesBack = remembered((name) => !upstreamsNever.some((pattern) => pattern.test(name)));

/** Node's list of names and values in turn. */
export function fieldsOf(raw: readonly string[]): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) fields.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return fields;
}

/** Whether a field came more than once. `name`: in small letters. */
export function cameTwice(fields: readonly Field[], name: string): boolean {
  let times = 0;
  for (const [each] of fields) if (each.length === name.length && each.toLowerCase() === name) times += 1;
  return times > 1;
}

/** The value of a field; of one that came more than once, all of them. Undefined: it did not come. */
export function fieldValue(fields: readonly Field[], name: string): string | undefined {
  let found: string | undefined;
  for (const [each, value] of fields) {
    // Most names are of another length, which is quicker to see.
    if (each.length !== name.length || each.toLowerCase() !== name) continue;
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}
