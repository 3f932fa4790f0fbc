import { isUtf8 } from 'node:buffer';
import type { Deed } from './deed.ts';
import { declaration } from './deleted-keys.ts';

/**
 * What a request to S3 does by what is in its body, beside its own action; undefined: nobody can tell.
 * @param body undefined where it has none, or is too long to be looked into
 */
export function deedsInBody(
  action: string,
  { fields, body, region }: { fields: ReadonlyMap<string, string>; body: Buffer | undefined; region: string },
): Deed[] | undefined {
  switch (action) {
    case 'CreateBucket':
      return isBucketIn(region, xmlOf(fields, body)) ? [] : undefined;
    case 'RestoreObject':
      return isPlainRestore(xmlOf(fields, body)) ? [] : undefined;
    case 'PutReplicationConfiguration':
      return rolesIn(xmlOf(fields, body));
    default:
      return [];
  }
}

/** Elsewhere than where the request goes it would be outside of the target's regions. */
function isBucketIn(region: string, xml: string | undefined): boolean {
  if (xml === undefined) return false;
  if (!/Location/i.test(xml)) return true;
  const [, first, ...more] = xml.split(/<LocationConstraint(?:\s[^<>]*)?>/);
  return more.length === 0 && first?.startsWith(`${region}</LocationConstraint>`) === true;
}

/** With a selection in it, it writes what it finds to any bucket. */
function isPlainRestore(xml: string | undefined): boolean {
  return xml !== undefined && !/OutputLocation|SelectParameters/.test(xml);
}

/** Replication copies with the rights of a role, which whoever sets it up hands over. */
function rolesIn(xml: string | undefined): Deed[] {
  if (xml === '') return [];
  const found = [
    ...(xml ?? '').matchAll(/<Role(?:\s[^<>]*)?>\s*(arn:[^:<>\s]+:iam::\d{12}:role\/[^<>\s]+)\s*<\/Role>/g),
  ];
  const roles = found.map(([, role]) => role).filter((role) => role !== undefined);
  const [only = 'arn:aws:iam::*:role/*'] = roles.length === 1 ? roles : [];
  return [{ service: 'iam', action: 'PassRole', resource: only }];
}

/** Undefined where parsers could read it as something else than what it looks like. */
function xmlOf(fields: ReadonlyMap<string, string>, body: Buffer | undefined): string | undefined {
  const isThere = fields.has('transfer-encoding') || !/^0*$/.test(fields.get('content-length') ?? '');
  if (body === undefined) return isThere ? undefined : '';
  if (!isUtf8(body)) return undefined;
  const text = body.toString().replace(declaration, '');
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  return /<[!?]|&|[\u0000-\u0008\u000b-\u001f]/.test(text.replaceAll('\r\n', '\n')) ? undefined : text;
}
