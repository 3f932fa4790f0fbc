import type { SessionCredential } from '../../core/ports.ts';
import { AnswerMasks } from '../../masking/answer.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import { MaskKeys } from '../../masking/keys.ts';
import { RequestTokens } from '../../masking/request-tokens.ts';
import type { ProtocolParts } from '../protocol.ts';
import { boundTo, detectorsOf, TokenSessions, type Kept } from '../token-sessions.ts';

/** What the requests of a session need. */
interface Needs {
  readonly credential: SessionCredential;
  /** Made anew where a reload has changed what is sensitive; so are the others. */
  readonly masks: () => AnswerMasks;
  readonly tokens: () => RequestTokens;
  /** What looks over answers. */
  readonly detect: () => DetectorSet | undefined;
}

export type HttpSession = Kept<'http', Needs>;

/** All sessions of the HTTP port, by token and target. */
export class HttpSessions extends TokenSessions<'http', Needs> {
  constructor(parts: ProtocolParts) {
    super(parts, 'http', async (session) => {
      const credential = await parts.requestCredentials.of(session.target);
      const keys = new MaskKeys(parts.maskKey, session.target.name);
      return {
        credential,
        masks: boundTo(session, ({ valueLabels }) => new AnswerMasks(keys, valueLabels)),
        tokens: boundTo(
          session,
          ({ sensitive, valueLabels }) => new RequestTokens(sensitive, valueLabels, keys),
        ),
        detect: detectorsOf(session, keys),
      };
    });
  }
}
