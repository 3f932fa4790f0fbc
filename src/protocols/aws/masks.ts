import { globsMeet } from '../../core/glob.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { answerMask, type AnswerMask } from '../../masking/answer.ts';
import type { PlaceMask } from '../../masking/column-mask.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import type { MaskKeys } from '../../masking/keys.ts';
import { changedAttribute, placesOfAttribute } from './attributes.ts';
import type { Operation } from './operation.ts';

/** A request, as far as it matters for what its answer shows. */
export interface Shows {
  readonly operation: Operation;
  /** ARNs that it is about. */
  readonly resources: readonly string[];
  /** IAM's words for what it does: `ssm:GetParameter`. */
  readonly actions: readonly string[];
}

/** What must be hidden in the answer to a request. */
export function maskOf(
  plan: MaskPlan,
  shows: Shows,
  { keys, detect }: { readonly keys: MaskKeys; readonly detect: DetectorSet | undefined },
): AnswerMask {
  const attributes = hiddenAttributes(plan, shows).flatMap(({ names, mask, resource }) =>
    placesOfAttribute(names).map((pointer): PlaceMask => ({ pointer, mask, resource })),
  );
  if (attributes.length > 0) return answerMask(attributes, keys, detect, changedAttribute);
  return answerMask(placesHere(plan, shows), keys, detect);
}

/** An attribute of a table's items that somebody may not see. */
export interface HiddenAttribute {
  /** From the item down. */
  readonly names: readonly string[];
  readonly mask: PlaceMask['mask'];
  readonly resource: string;
}

/** Of every table that a request could be about. */
export function hiddenAttributes({ hidden }: MaskPlan, { operation, resources }: Shows): HiddenAttribute[] {
  if (operation.service !== 'dynamodb') return [];
  return [...hidden].flatMap(([resource, mask]) => {
    const [table = '', pointer = ''] = resource.split(/#(.*)/s, 2);
    const isHere = table.startsWith('arn:') && resources.some((each) => meets(table, each));
    return isHere ? [{ names: keysOf(pointer), mask, resource }] : [];
  });
}

function placesHere({ hidden }: MaskPlan, { operation, actions }: Shows): PlaceMask[] {
  const own = [`${operation.service}:${operation.name ?? ''}`, ...actions];
  return [...hidden].flatMap(([resource, mask]) => {
    const [action = '', pointer = ''] = resource.split(/#(.*)/s, 2);
    return own.includes(action) ? [{ pointer: keysOf(pointer), mask, resource }] : [];
  });
}

function meets(table: string, resource: string): boolean {
  return globsMeet(table.toLowerCase(), resource.toLowerCase());
}

/** RFC 6901 §4 */
function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
