import type { Effect } from '../../core/effect.ts';
import { isArn } from '../../wire/aws/arn.ts';
import type { Deed, Location } from './deed.ts';
import { isListing, kindOf } from './kinds.ts';
import type { Operation } from './operation.ts';
import { anyOf, arnOf, isRole, resourcesOf } from './resources.ts';

/** Operations whose action has another name, or that are of several actions. */
const actionsOf: Readonly<Record<string, string>> = {
  'bedrock:Converse': 'InvokeModel',
  'bedrock:ConverseStream': 'InvokeModelWithResponseStream',
  'bedrock:InvokeModelWithBidirectionalStream': 'InvokeModel',
  'bedrock:StartAsyncInvoke': 'InvokeModel',
  'dynamodb:TransactGetItems': 'GetItem',
  'lambda:GetLayerVersionByArn': 'GetLayerVersion',
  'lambda:Invoke': 'InvokeFunction',
  'lambda:InvokeWithResponseStream': 'InvokeFunction',
  'sns:PublishBatch': 'Publish',
  'sqs:ChangeMessageVisibilityBatch': 'ChangeMessageVisibility',
  'sqs:DeleteMessageBatch': 'DeleteMessage',
  'sqs:SendMessageBatch': 'SendMessage',
};

/** What an operation of any service but S3 does. */
export function deedsOf({ service, name, parameters, hasStrays }: Operation, at: Location): Deed[] {
  if (name === undefined || !/^[A-Za-z]\w{0,127}$/.test(name)) return [unknownDeed(service, at)];
  const inTables = service === 'dynamodb' ? deedsInTables(name, parameters, at) : undefined;
  if (inTables !== undefined) return inTables;
  const action = actionsOf[`${service}:${name}`] ?? name;
  const named = resourcesOf(service, parameters, at);
  const all = hasStrays ? [...new Set([...named, anyOf(service, at)])] : named;
  return all.map((resource) => ({ action, resource }));
}

/** No rule but one that says `opaque` lets it in. */
export function unknownDeed(service: string, at: Location): Deed {
  return { action: 'unknown', resource: anyOf(service, at) };
}

/** Roles that a request hands to a service: whoever may pass a role may do, through it, what it may. */
export function rolesPassed(parameters: ReadonlyMap<string, unknown>, at: Location): Deed[] {
  const found = new Set<string>();
  const look = (value: unknown, depth: number): void => {
    if (typeof value === 'string') {
      if (isRole(value)) found.add(value);
    } else if (depth < 20 && typeof value === 'object' && value !== null) {
      for (const each of Object.values(value)) look(each, depth + 1);
    }
  };
  for (const value of parameters.values()) look(value, 0);
  const profiles = [parameters.get('IamInstanceProfile')].flat().filter((each) => typeof each === 'string');
  for (const profile of profiles)
    found.add(isArn(profile) ? profile : arnOf('iam', `instance-profile/${profile}`, at));
  return [...found].map((resource) => ({ service: 'iam', action: 'PassRole', resource }));
}

export async function effectOf(service: string, deed: Deed): Promise<Effect> {
  const { service: of = service, action, resource } = deed;
  // What is in no account's resources is in none that a rule denies.
  const isAny = resource.endsWith(':*') && (await isListing(of, action));
  return {
    kind: await kindOf(of, action),
    action: `${of}:${action}`,
    resource: isAny ? resource.slice(0, -1) : resource,
  };
}

/** What is in many tables at once, and statements of PartiQL. */
function deedsInTables(
  name: string,
  parameters: ReadonlyMap<string, unknown>,
  at: Location,
): Deed[] | undefined {
  const all = (action: string): Deed => ({ action, resource: arnOf('dynamodb', 'table/*', at) });
  const inTable = (action: string, table: unknown): Deed[] =>
    resourcesOf('dynamodb', new Map([['TableName', table]]), at).map((resource) => ({ action, resource }));
  switch (name) {
    case 'BatchGetItem':
    case 'BatchWriteItem': {
      const tables = Object.keys(members(parameters.get('RequestItems')));
      return tables.length === 0 ? [all(name)] : tables.flatMap((table) => inTable(name, table));
    }
    case 'TransactGetItems':
    case 'TransactWriteItems': {
      const items = parameters.get('TransactItems');
      const each = Array.isArray(items)
        ? items.flatMap((item: unknown) => Object.entries(members(item)))
        : [];
      if (each.length === 0) return [all(name === 'TransactGetItems' ? 'GetItem' : 'PutItem')];
      return each.flatMap(([does, on]) =>
        inTable(does === 'ConditionCheck' ? 'ConditionCheckItem' : `${does}Item`, members(on)['TableName']),
      );
    }
    case 'ExecuteStatement':
      return [all(partiqlAction(parameters.get('Statement')))];
    case 'BatchExecuteStatement':
    case 'ExecuteTransaction': {
      const list = parameters.get(name === 'ExecuteTransaction' ? 'TransactStatements' : 'Statements');
      const statements: readonly unknown[] = Array.isArray(list) ? list : [undefined];
      return statements.map((each) => all(partiqlAction(members(each)['Statement'])));
    }
    default:
      return undefined;
  }
}

function partiqlAction(statement: unknown): string {
  const [, verb = ''] =
    (typeof statement === 'string' && /^\s*(select|insert|update|delete)\b/i.exec(statement)) || [];
  return verb === '' ? 'unknown' : `PartiQL${verb.slice(0, 1).toUpperCase()}${verb.slice(1).toLowerCase()}`;
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
