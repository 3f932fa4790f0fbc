// AWS's own library for JavaScript at S3, against whatever AWS_ENDPOINT_URL says. Writes one line of JSON.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const installed = createRequire(join(process.env.SALLYPORT_TEST_DRIVERS, 'node/package.json'));
const s3 = installed('@aws-sdk/client-s3');

const bucket = { Bucket: 'javascript' };
const client = new s3.S3Client({ forcePathStyle: true });
const found = {};

await client.send(new s3.CreateBucketCommand(bucket));
await client.send(new s3.PutObjectCommand({ ...bucket, Key: "a b/ü+(1)!'*.txt", Body: 'short' }));
found.short = await read("a b/ü+(1)!'*.txt");

// A stream goes in chunks with a checksum behind it.
const long = 'long, '.repeat(1_000_000);
const body = Readable.from(pieces(long));
await client.send(
  new s3.PutObjectCommand({ ...bucket, Key: 'long', Body: body, ContentLength: long.length }),
);
found.long = (await read('long')) === long;

const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ ...bucket, Key: 'parts' }));
const part = Buffer.alloc(5 * 1024 * 1024, 'p');
const Parts = [];
for (const PartNumber of [1, 2]) {
  const upload = { ...bucket, Key: 'parts', UploadId, PartNumber, Body: part };
  const { ETag, ChecksumCRC32 } = await client.send(new s3.UploadPartCommand(upload));
  Parts.push({ ETag, PartNumber, ChecksumCRC32 });
}
const whole = { ...bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } };
await client.send(new s3.CompleteMultipartUploadCommand(whole));
const { ContentLength } = await client.send(new s3.HeadObjectCommand({ ...bucket, Key: 'parts' }));
found.parts = ContentLength;

const { Contents } = await client.send(new s3.ListObjectsV2Command(bucket));
found.keys = Contents.map(({ Key }) => Key);
const Objects = [{ Key: 'long' }, { Key: 'parts' }];
const { Deleted } = await client.send(new s3.DeleteObjectsCommand({ ...bucket, Delete: { Objects } }));
found.deleted = Deleted.length;
found.refused = await refused(() => client.send(new s3.PutBucketPolicyCommand({ ...bucket, Policy: '{}' })));

// The same question many times in one second.
const same = Array.from({ length: 5 }, () => client.send(new s3.ListBucketsCommand({})));
found.same = (await Promise.all(same)).length;

console.log(JSON.stringify(found));

async function read(Key) {
  const { Body } = await client.send(new s3.GetObjectCommand({ ...bucket, Key }));
  return text(Body);
}

async function refused(ask) {
  try {
    await ask();
    return undefined;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

function* pieces(whole) {
  for (let at = 0; at < whole.length; at += 65_536) yield Buffer.from(whole.slice(at, at + 65_536));
}
