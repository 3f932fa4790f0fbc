import { SallyportError } from '../../core/errors.ts';
import type { Command } from '../../core/command.ts';
import type { Policy } from '../../core/ports.ts';
import type { Session } from '../../core/session.ts';
import type { RequestTokens } from '../../masking/request-tokens.ts';
import { requestPath } from '../../wire/http/path.ts';
import type { RequestBody } from './body.ts';
import type { Asked } from './request.ts';
import type { Understand } from './understood.ts';

/** A request as it goes upstream. */
export interface Outgoing {
  readonly asked: Asked;
  readonly body: RequestBody | undefined;
  /** What stands in place of tokens. */
  readonly values: readonly string[];
}

/** With values in place of its tokens; the refusal where one of them may not be turned back. */
export function turnedBack(
  tokens: RequestTokens,
  asked: Asked,
  body: RequestBody | undefined,
): Outgoing | SallyportError {
  const whole = wholeOf(body);
  try {
    const turned = tokens.read({ ...asked, body: whole });
    if (turned === undefined) return { asked, body, values: [] };
    const { path, query, values } = turned;
    const spelt = requestPath(path);
    if ('problem' in spelt) return otherwise();
    return {
      asked: { ...asked, path: spelt.path, query },
      body: turned.body === undefined ? body : { whole: turned.body },
      values,
    };
  } catch (error) {
    if (error instanceof SallyportError) return error;
    throw error;
  }
}

/** Why what goes out is refused although what came, with tokens in it, would not be: rules see both. */
export function refusedAsSent(
  policy: Policy,
  session: Session,
  command: Command,
  { asked, body, values }: Outgoing,
  understand: Understand,
): SallyportError | undefined {
  if (values.length === 0) return undefined;
  const { identity, target } = session;
  const sent = understand(asked, wholeOf(body)).command;
  const [before, after] = [command, sent].map((each) => policy.decide(identity, target, each, session));
  if (after?.kind === 'allow') return undefined;
  const isSame = after?.kind === 'hold' && JSON.stringify(before?.rules) === JSON.stringify(after.rules);
  return isSame ? undefined : otherwise();
}

export function wholeOf(body: RequestBody | undefined): Buffer | undefined {
  return body !== undefined && 'whole' in body ? body.whole : undefined;
}

function otherwise(): SallyportError {
  return new SallyportError(
    'denied',
    'Sallyport: with the value behind its token, this would be another request, which no rule allows',
    { hint: 'Find it by a parameter of the query, if there is one, or ask whoever keeps sallyport.yaml.' },
  );
}
