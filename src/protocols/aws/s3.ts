import { isUtf8 } from 'node:buffer';
import { awsDecoded } from '../../wire/aws/encoding.ts';
import type { AwsAsked } from './asked.ts';
import type { Deed } from './deed.ts';
import { deletedKeys } from './deleted-keys.ts';
import { deedsInBody } from './s3-bodies.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html and, for the actions of
// each operation, https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html

/** Actions by method, for each parameter of the query that says what of a bucket is meant. */
const ofBucket: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { GET: 'ListBucket', HEAD: 'ListBucket', PUT: 'CreateBucket', DELETE: 'DeleteBucket' },
  accelerate: { GET: 'GetAccelerateConfiguration', PUT: 'PutAccelerateConfiguration' },
  acl: { GET: 'GetBucketAcl', PUT: 'PutBucketAcl' },
  analytics: settings('AnalyticsConfiguration'),
  cors: { GET: 'GetBucketCORS', PUT: 'PutBucketCORS', DELETE: 'PutBucketCORS' },
  delete: { POST: 'DeleteObject' },
  encryption: settings('EncryptionConfiguration'),
  'intelligent-tiering': settings('IntelligentTieringConfiguration'),
  inventory: settings('InventoryConfiguration'),
  lifecycle: settings('LifecycleConfiguration'),
  location: { GET: 'GetBucketLocation' },
  logging: { GET: 'GetBucketLogging', PUT: 'PutBucketLogging' },
  metrics: settings('MetricsConfiguration'),
  notification: { GET: 'GetBucketNotification', PUT: 'PutBucketNotification' },
  'object-lock': { GET: 'GetBucketObjectLockConfiguration', PUT: 'PutBucketObjectLockConfiguration' },
  ownershipControls: settings('BucketOwnershipControls'),
  policy: { GET: 'GetBucketPolicy', PUT: 'PutBucketPolicy', DELETE: 'DeleteBucketPolicy' },
  policyStatus: { GET: 'GetBucketPolicyStatus' },
  publicAccessBlock: settings('BucketPublicAccessBlock'),
  replication: settings('ReplicationConfiguration'),
  requestPayment: { GET: 'GetBucketRequestPayment', PUT: 'PutBucketRequestPayment' },
  tagging: settings('BucketTagging'),
  uploads: { GET: 'ListBucketMultipartUploads' },
  versioning: { GET: 'GetBucketVersioning', PUT: 'PutBucketVersioning' },
  versions: { GET: 'ListBucketVersions' },
  website: { GET: 'GetBucketWebsite', PUT: 'PutBucketWebsite', DELETE: 'DeleteBucketWebsite' },
};

const ofObject: typeof ofBucket = {
  '': { GET: 'GetObject', HEAD: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' },
  acl: { GET: 'GetObjectAcl', PUT: 'PutObjectAcl' },
  attributes: { GET: 'GetObjectAttributes' },
  'legal-hold': { GET: 'GetObjectLegalHold', PUT: 'PutObjectLegalHold' },
  restore: { POST: 'RestoreObject' },
  retention: { GET: 'GetObjectRetention', PUT: 'PutObjectRetention' },
  select: { POST: 'GetObject' },
  tagging: { GET: 'GetObjectTagging', PUT: 'PutObjectTagging', DELETE: 'DeleteObjectTagging' },
  torrent: { GET: 'GetObjectTorrent' },
  uploadId: {
    GET: 'ListMultipartUploadParts',
    PUT: 'PutObject',
    POST: 'PutObject',
    DELETE: 'AbortMultipartUpload',
  },
  uploads: { POST: 'PutObject' },
};

/** These say how, not what. */
const harmless =
  /^(?:versionId|partNumber|x-id|list-type|prefix|delimiter|marker|max-[a-z]+|encoding-type|continuation-token|start-after|fetch-owner|key-marker|version-id-marker|upload-id-marker|part-number-marker|bucket-region|id|select-type|response-[a-z-]+)$/;

/** One version of an object is another thing to S3's policies. */
const versioned: ReadonlySet<string> = new Set(
  'GetObject GetObjectAcl GetObjectAttributes GetObjectTagging GetObjectTorrent DeleteObject DeleteObjectTagging PutObjectAcl PutObjectTagging'.split(
    ' ',
  ),
);

/** What header fields do besides. */
const byField: readonly (readonly [RegExp, object: string, bucket: string])[] = [
  [/^x-amz-(?:acl|grant-.*)$/, 'PutObjectAcl', 'PutBucketAcl'],
  [/^x-amz-tagging$/, 'PutObjectTagging', 'PutBucketTagging'],
  [
    /^x-amz-object-lock-(?:mode|retain-until-date)$/,
    'PutObjectRetention',
    'PutBucketObjectLockConfiguration',
  ],
  [/^x-amz-object-lock-legal-hold$/, 'PutObjectLegalHold', 'PutObjectLegalHold'],
  [/^x-amz-bucket-object-lock-enabled$/, 'PutObjectRetention', 'PutBucketObjectLockConfiguration'],
  [/^x-amz-object-ownership$/, 'PutObjectAcl', 'PutBucketOwnershipControls'],
  [/^x-amz-bypass-governance-retention$/, 'BypassGovernanceRetention', 'BypassGovernanceRetention'],
];

/** What a request to S3 does; undefined: nobody can tell. */
export function s3Deeds(
  { method, target, fields }: AwsAsked,
  body: Buffer | undefined,
  region: string,
): Deed[] | undefined {
  // Servers that stand in for all of AWS go by these first.
  if (fields.has('x-amz-target') || fields.has('smithy-protocol')) return undefined;
  const [bucket = '', ...rest] = target.segments;
  const key = rest.join('/');
  const names = target.query.map(([name]) => name);
  if (new Set(names).size < names.length) return undefined;
  if (bucket === '') {
    const isList = method === 'GET' && names.every((name) => harmless.test(name)) && rest.length === 0;
    return isList ? [{ action: 'ListAllMyBuckets', resource: 'arn:aws:s3:::*' }] : undefined;
  }
  if (!isBucket(bucket)) return undefined;
  const table = key === '' ? ofBucket : ofObject;
  const said = names.filter((name) => !harmless.test(name));
  const [what = '', other] = said;
  const action = other === undefined && Object.hasOwn(table, what) ? table[what]?.[method] : undefined;
  if (action === undefined) return undefined;
  const resource = key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
  if (what === 'delete') return deletions(body, bucket);
  const first = { action: names.includes('versionId') ? versionOf(action) : action, resource };
  const source = sourceOf(fields, first);
  const inBody = deedsInBody(action, { fields, body, region });
  if (source === undefined || inBody === undefined) return undefined;
  return [first, ...source, ...inBody, ...besides(fields, key !== '', resource)];
}

/**
 * Names with these ends are of access points, which stand for a bucket of any name.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
function isBucket(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]{1,254}$/.test(name) && !/(?:-s3alias|--ol-s3|\.mrap)$/i.test(name);
}

function settings(name: string): Readonly<Record<string, string>> {
  return { GET: `Get${name}`, PUT: `Put${name}`, DELETE: `Put${name}` };
}

/** `GetObjectVersion`, `GetObjectVersionAcl` */
function versionOf(action: string): string {
  return versioned.has(action) ? action.replace('Object', 'ObjectVersion') : action;
}

function besides(fields: ReadonlyMap<string, string>, isObject: boolean, resource: string): Deed[] {
  const found = byField.filter(([pattern]) => [...fields.keys()].some((name) => pattern.test(name)));
  return found.map(([, object, bucket]) => ({ action: isObject ? object : bucket, resource }));
}

/** A copy reads what it copies. */
function sourceOf(fields: ReadonlyMap<string, string>, { action }: Deed): Deed[] | undefined {
  const source = fields.get('x-amz-copy-source');
  if (fields.has('x-amz-rename-source')) return undefined;
  if (source === undefined) return [];
  if (action !== 'PutObject') return undefined;
  const [, bucket = '', key = '', version] =
    /^\/?([^/?]+)\/([^?]+)(?:\?versionId=([\w.~-]+))?$/.exec(source) ?? [];
  const path = decoded(key);
  if (!isBucket(bucket) || path === undefined) return undefined;
  const read = version === undefined ? 'GetObject' : 'GetObjectVersion';
  return [{ action: read, resource: `arn:aws:s3:::${bucket}/${path}` }];
}

/** SDKs leave the slashes of a source as they are, or not, and some escape less than SigV4 does. */
function decoded(key: string): string | undefined {
  const spelt = key.split('/').map((part) => awsDecoded(part));
  if (spelt.every((part) => part !== undefined)) return plainKey(spelt.join('/'));
  const whole = awsDecoded(key);
  return whole === undefined ? undefined : plainKey(whole);
}

function plainKey(key: string): string | undefined {
  const isOdd = key
    .split('/')
    .some((part, at, all) => /^\.{1,2}$/.test(part) || (part === '' && at < all.length - 1));
  return isOdd ? undefined : key;
}

/** Objects that a `Delete` names; each is one effect. What is not read to its end deletes nothing. */
function deletions(body: Buffer | undefined, bucket: string): Deed[] | undefined {
  const keys = body && isUtf8(body) ? deletedKeys(body.toString()) : undefined;
  if (keys === undefined || keys.length === 0) return undefined;
  return keys.map(({ key, isVersion }) => ({
    action: isVersion ? 'DeleteObjectVersion' : 'DeleteObject',
    resource: `arn:aws:s3:::${bucket}/${key}`,
  }));
}
