import type { Command } from '../../core/command.ts';
import type { Effect } from '../../core/effect.ts';
import { SallyportError } from '../../core/errors.ts';
import { partitionOf } from '../../wire/aws/arn.ts';
import type { AwsAsked } from './asked.ts';
import type { Deed, Location } from './deed.ts';
import { deedsOf, effectOf, rolesPassed, unknownDeed } from './deeds.ts';
import { disclosure } from './disclosure.ts';
import { isAboutAny, kindOf } from './kinds.ts';
import type { Operation } from './operation.ts';
import { anyOf } from './resources.ts';
import { s3Deeds } from './s3.ts';

/** Which try it is, who speaks, and what the signature is of: these may differ from what was approved. */
const aboutDelivery =
  /^(?:host|authorization|user-agent|x-amz-user-agent|x-amz-date|x-amz-content-sha256|x-amz-security-token|x-amz-decoded-content-length|x-amz-trailer|x-amzn-trace-id|amz-sdk-.*|accept-encoding|content-length|content-encoding|connection|expect|transfer-encoding|x-amz-sdk-checksum-algorithm|x-amz-checksum-.*)$/;

/** S3 deletes 1,000 objects in one request; nothing else is of more. */
const deedsMax = 1000;

/** A request, understood. */
export interface Understood {
  readonly command: Command;
  /** IAM's words for what it does, and ARNs that it is about. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** What a request asks for. @throws SallyportError `too_large` */
export async function commandOf(
  asked: AwsAsked,
  operation: Operation,
  body: Buffer | undefined,
  at: { readonly region: string; readonly account: string },
): Promise<Understood> {
  const location = { ...at, partition: partitionOf(at.region).name };
  const { service, parameters } = operation;
  const deeds: readonly Deed[] =
    service === 's3'
      ? (s3Deeds(asked, body, at.region) ?? [unknownDeed('s3', { ...location, region: '', account: '' })])
      : await withAll(service, deedsOf(operation, location), location);
  if (deeds.length > deedsMax) throw tooMuch();
  const effects = await Promise.all(deeds.map((deed) => effectOf(service, deed)));
  const passed = effects.some(mayPassRoles) ? rolesPassed(parameters, location) : [];
  const all = [...effects, ...(await Promise.all(passed.map((deed) => effectOf(service, deed))))];
  const unique = [...new Map(all.map((effect) => [`${effect.action} ${effect.resource}`, effect])).values()];
  const about = {
    actions: [...new Set(unique.map(({ action }) => action))],
    resources: [...new Set(unique.map(({ resource }) => resource))],
  };
  return {
    command: {
      text: textOf(unique, asked, at.region),
      parameters: body === undefined || body.length === 0 ? [] : [{ bytes: body, format: 'text' }],
      effects: unique,
      unbounded: false,
      uses: [],
      context: contextOf(asked),
      undisclosable: (plan) => disclosure(plan, { operation, ...about }),
    },
    ...about,
  };
}

/** What names nothing that its action is about is about all of the service's: AWS ignores what it does not know. */
async function withAll(service: string, deeds: readonly Deed[], at: Location): Promise<readonly Deed[]> {
  const actions = [...new Set(deeds.map(({ action }) => action))];
  const more = await Promise.all(
    actions.map(async (action) => {
      const named = deeds.filter((deed) => deed.action === action).map(({ resource }) => resource);
      return (await isAboutAny(service, action, named)) ? [] : [{ action, resource: anyOf(service, at) }];
    }),
  );
  return [...deeds, ...more.flat()];
}

/**
 * An action and what it is on, as rules name them: `s3:GetObject arn:aws:s3:::reports/q3.csv`.
 * @throws SallyportError `syntax`
 */
export async function commandOfText(text: string): Promise<Command> {
  const [action = '', ...resources] = text.trim().split(/\s+/);
  const [, service = '', name = ''] = /^([a-z0-9-]+):([A-Za-z]\w*)$/.exec(action) ?? [];
  const isClear =
    service !== '' && resources.every((each) => each.startsWith('arn:')) && resources.length > 0;
  if (!isClear) {
    throw new SallyportError('syntax', 'Sallyport: this is no action of AWS and what it is on', {
      hint: 'Write s3:GetObject arn:aws:s3:::reports/q3.csv, with * for what does not matter.',
    });
  }
  const kind = await kindOf(service, name);
  const effects: Effect[] = resources.map((resource) => ({ kind, action, resource }));
  return { text: text.trim(), parameters: [], effects, unbounded: false, uses: [], context: '' };
}

/** The parameters of these are data, in which an ARN means nothing. */
const carriesData =
  /^(?:dynamodb:(?:\w*Item|PartiQL\w+)|(?:sqs|s3|iam|sts):\w+|sns:Publish|(?:kinesis|firehose|logs):Put\w+|events:PutEvents|secretsmanager:\w+|ssm:PutParameter|lambda:Invoke\w+|states:\w+Execution|bedrock:Invoke\w+)$/;

function mayPassRoles({ kind, action }: Effect): boolean {
  return kind !== 'read' && !carriesData.test(action);
}

function tooMuch(): SallyportError {
  return new SallyportError('too_large', `Sallyport: a request may be about ${deedsMax} things`, {
    hint: 'Ask for less at a time.',
  });
}

/** `iam:CreateRole us-east-1 POST /` */
function textOf(effects: readonly Effect[], { method, target }: AwsAsked, region: string): string {
  const action = effects[0]?.action ?? 'unknown';
  return `${action} ${region} ${method} ${target.path}${target.search}`;
}

/** What else a request says that goes on: with other fields it is another request. */
function contextOf({ fields }: AwsAsked): string {
  const said = [...fields].filter(([name]) => !aboutDelivery.test(name));
  return JSON.stringify(said.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))));
}
