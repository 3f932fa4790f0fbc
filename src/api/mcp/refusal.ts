import { z } from 'zod';
import { errorCodes } from '../../core/errors.ts';
import type { ErrorCode, RefusalDetail, SallyportError } from '../../core/errors.ts';
import { visible } from '../contract/visible.ts';
import { lines } from './answer.ts';
import type { Answer } from './answer.ts';

/** A refusal as it came through a port, in whatever form of a protocol. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly detail: RefusalDetail;
}

const names = z.array(z.string()).readonly();

/** Members of `RefusalDetail` that a model can do something with. */
const detailForm = z.object({
  rules: names.optional(),
  uncovered: names.optional(),
  allowed: names.optional(),
  requestable: z
    .array(z.object({ rule: z.string(), ask: z.string() }))
    .readonly()
    .optional(),
  approval: z.string().optional(),
  url: z.string().optional(),
});

/** The detail of a refusal that was sent as JSON; nothing where it is none. */
export function detailOf(value: unknown): RefusalDetail {
  const { data = {} } = detailForm.safeParse(value);
  const { rules, uncovered, allowed, requestable, approval, url } = data;
  return {
    ...(rules === undefined ? {} : { rules }),
    ...(uncovered === undefined ? {} : { uncovered }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(requestable === undefined ? {} : { requestable }),
    ...(approval === undefined ? {} : { approval }),
    ...(url === undefined ? {} : { url }),
  };
}

/** The code of a refusal that was sent as text; undefined where it is none of the gateway's. */
export function codeOf(value: unknown): ErrorCode | undefined {
  return errorCodes.find((code) => code === value);
}

/** What of a command was refused, in words that say what to do instead and what to call next. */
export function refused({ code, message, hint, detail }: Refusal, target?: string): Answer {
  if (code === 'hold_pending' && detail.approval !== undefined) return held(detail.approval, detail);
  const { allowed, requestable } = detail;
  const next = nextOf(code, detail, target);
  return {
    text: lines(
      `Refused (${code}): ${visible(withoutName(message))}`,
      allowed !== undefined && allowed.length > 0
        ? `Allowed to you there: ${allowed.map(visible).join('; ')}.`
        : undefined,
      // Its hint tells people what to type; a model is told what to call.
      requestable === undefined && allowed === undefined && hint !== undefined ? visible(hint) : undefined,
      next === undefined ? undefined : `Next: ${visible(next)}`,
    ),
    data: {
      status: 'refused',
      code,
      message: visible(withoutName(message)),
      ...(allowed === undefined ? {} : { allowed: allowed.map(visible) }),
      ...(requestable === undefined ? {} : { requestable: requestable.map(({ rule }) => rule) }),
      ...(next === undefined ? {} : { next: visible(next) }),
    },
    isError: true,
  };
}

/** What was thrown by the gateway itself. */
export function refusalIn({ code, message, hint, detail }: SallyportError): Refusal {
  return { code, message, detail, ...(hint === undefined ? {} : { hint }) };
}

function held(approval: string, { url, rules = [] }: RefusalDetail): Answer {
  const next = `call wait_for_approval with id "${approval}"; once it is approved, call run again with exactly the same arguments. It then runs once.`;
  return {
    text: lines(
      `Held: a person must approve this first${rules.length === 0 ? '' : ` (${rules.map((rule) => `"${visible(rule)}"`).join(', ')})`}. It did not run.`,
      `Approval: ${approval}${url === undefined ? '' : `, decided at ${visible(url)}`}`,
      `Next: ${next}`,
    ),
    data: { status: 'held', approval, ...(url === undefined ? {} : { url }), rules, next },
  };
}

function nextOf(code: ErrorCode, { requestable = [] }: RefusalDetail, target?: string): string | undefined {
  const [ask] = requestable;
  if (ask !== undefined && target !== undefined) {
    return `request_access with target "${target}", rule "${ask.rule}" and a reason; then wait_for_approval.`;
  }
  switch (code) {
    case 'unknown_target':
      return 'list_targets says which targets there are for you.';
    case 'denied':
      return target === undefined
        ? undefined
        : 'do what is allowed, or tell whoever asked you that it is not.';
    case 'undisclosable':
      return 'describe_target says what is hidden from you.';
    default:
      return undefined;
  }
}

/** Every message of the gateway's begins with its name, which whoever calls its tools knows. */
function withoutName(message: string): string {
  return message.replace(/^Sallyport: /, '');
}
