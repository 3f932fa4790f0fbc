import type { MaskPlan } from '../../core/mask.ts';
import type { AnswerMask } from '../../masking/answer.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import { detectionOf } from '../../masking/detect-field.ts';
import type { MaskKeys } from '../../masking/keys.ts';
import { TypeOid } from '../../wire/postgres/types.ts';
import type { Understood } from './command.ts';
import type { Operation } from './operation.ts';

/** A document in UTF-8, as a column of type json has it. */
const document = { oid: TypeOid.json, format: 'text' } as const;

/** What must be hidden in the answer to a request. */
export function maskOf({
  detect,
}: {
  readonly plan: MaskPlan;
  readonly operation: Operation;
  readonly understood: Understood;
  readonly keys: MaskKeys;
  readonly detect: DetectorSet | undefined;
}): AnswerMask {
  return {
    json: detect && detectionOf(detect, document),
    places: undefined,
    text: detect,
    wantsJson: false,
  };
}
