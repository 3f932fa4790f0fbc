import { masked, type Change } from '../../masking/json-pointer.ts';

// Items of DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html

/** Where items, and parts of them, stand in what DynamoDB answers; `*` is any key or index. */
const itemPlaces: readonly (readonly string[])[] = [
  ['Item'],
  ['Items', '*'],
  ['Attributes'],
  ['LastEvaluatedKey'],
  ['Responses', '*', '*'],
  ['Responses', '*', 'Item'],
  ['CancellationReasons', '*', 'Item'],
  ['ItemCollectionMetrics', 'ItemCollectionKey'],
  ['ItemCollectionMetrics', '*', '*', 'ItemCollectionKey'],
  ['Records', '*', 'dynamodb', 'Keys'],
  ['Records', '*', 'dynamodb', 'NewImage'],
  ['Records', '*', 'dynamodb', 'OldImage'],
];

/** Where an attribute, by its names from the item down, stands in answers. */
export function placesOfAttribute([first = '', ...rest]: readonly string[]): string[][] {
  const within = rest.reduce<string[][]>(
    (paths, key) => paths.flatMap((path) => kindsOf(key).map((kind) => [...path, kind, key])),
    [[first]],
  );
  return itemPlaces.flatMap((place) => within.map((path) => [...place, ...path]));
}

/** A key of a map; what could be an index is of a list as well. */
function kindsOf(key: string): readonly string[] {
  return key === '*' || /^\d+$/.test(key) ? ['M', 'L'] : ['M'];
}

const nothing = Buffer.from('{"NULL":true}');

/** A text is masked as a text; of any other value nothing is kept, for no mask is a number or a list. */
export const changedAttribute: Change = (bytes, start, end, mask) => {
  const text = textOf(bytes.toString('utf8', start, end));
  if (text === undefined) return nothing;
  const value = Buffer.from(JSON.stringify(text));
  const change = masked(value, 0, value.length, mask);
  if (change === undefined || change.toString() === 'null') return nothing;
  return Buffer.from(`{"S":${change.toString()}}`);
};

function textOf(attribute: string): string | undefined {
  const value: unknown = JSON.parse(attribute);
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined;
  return 'S' in value && typeof value.S === 'string' ? value.S : undefined;
}
