import type { MaskPlan } from '../../core/mask.ts';
import { hiddenAttributes, type Shows } from './masks.ts';

/** Expressions that are about attributes: what they ask of a hidden one, the answer tells. */
const conditions: ReadonlySet<string> = new Set([
  'FilterExpression',
  'KeyConditionExpression',
  'ConditionExpression',
  'UpdateExpression',
]);
/** Maps by attribute: the older way to say the same, and where a page begins, which is any key that a client makes up. */
const olderConditions: ReadonlySet<string> = new Set([
  'ScanFilter',
  'QueryFilter',
  'KeyConditions',
  'Expected',
  'ExclusiveStartKey',
]);

/** These put items where nothing hides them. */
const copies = /^(?:RestoreTable\w*|ExportTable\w*|EnableKinesisStreamingDestination|StartAwsBackupJob)$/;

/** Of these it is known where items stand in their answers, or that none do. */
const known =
  /^(?:GetItem|Query|Scan|(?:Put|Update|Delete)Item|Batch(?:Get|Write)Item|Transact(?:Get|Write)Items|GetRecords|GetShardIterator|(?:Describe|List|Create|Update|Delete|Restore|Export|Import|Tag|Untag|Enable|Disable)\w+|(?:Get|Put)ResourcePolicy)$/;

/**
 * Why the answer of DynamoDB could show a hidden attribute past its mask, in a sentence; undefined where it cannot. That
 * an attribute equals a value, whoever has the value may ask.
 */
export function disclosure(plan: MaskPlan, shows: Shows): string | undefined {
  const attributes = hiddenAttributes(plan, shows);
  if (attributes.length === 0) return undefined;
  const { name = '', parameters } = shows.operation;
  if (shows.actions.some((action) => action.startsWith('dynamodb:PartiQL'))) {
    return 'statements of PartiQL are not looked into, and the table has attributes that are hidden from you';
  }
  if (!known.test(name))
    return 'nobody here knows where its answer has items, and some attributes are hidden from you';
  if (copies.test(name)) return 'it would copy a table with attributes that are hidden from you';
  const hidden = new Set(attributes.map(({ names: [first = ''] }) => first));
  const found = askedOf(Object.fromEntries(parameters), hidden);
  return found && `${found} is hidden from you, and a condition on it would tell of its values`;
}

/** The first hidden attribute that some expression, however deep, is about. */
function askedOf(value: unknown, hidden: ReadonlySet<string>): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { ExpressionAttributeNames: aliases = {} } = { ...value } as { ExpressionAttributeNames?: unknown };
  for (const [key, inner] of Object.entries(value)) {
    const found =
      conditions.has(key) && typeof inner === 'string'
        ? askedIn(key, inner, aliases, hidden)
        : olderConditions.has(key)
          ? Object.keys(Object(inner)).find((name) => hidden.has(name))
          : askedOf(inner, hidden);
    if (found !== undefined) return found;
  }
  return undefined;
}

function askedIn(
  kind: string,
  expression: string,
  aliases: unknown,
  hidden: ReadonlySet<string>,
): string | undefined {
  const names = new Map(Object.entries(Object(aliases)));
  // To set one is to write it; to set another one to it is not.
  const left =
    kind === 'UpdateExpression' ? /[#\w.[\]]+\s*(?==)/g : /[#\w.[\]]+\s*=\s*:\w+|:\w+\s*=\s*[#\w.[\]]+/g;
  const words = expression.replaceAll(left, ' ').match(/[#:]?\w+/g) ?? [];
  return words
    .map((word) => (word.startsWith('#') ? names.get(word) : word))
    .find((name) => isHidden(name, hidden));
}

function isHidden(name: unknown, hidden: ReadonlySet<string>): name is string {
  return typeof name === 'string' && hidden.has(name);
}
