import type { AwsSessionKeys } from '../../core/ports.ts';
import { MaskKeys } from '../../masking/keys.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import type { ProtocolParts } from '../protocol.ts';
import { detectorsOf, TokenSessions, type Kept } from '../token-sessions.ts';

/** What the requests of a session need. */
interface Needs {
  readonly keys: AwsSessionKeys;
  /** What masks are made with. */
  readonly maskKeys: MaskKeys;
  /** What looks over answers. */
  readonly detect: () => DetectorSet | undefined;
}

export type AwsSession = Kept<'aws', Needs>;

/** All sessions with AWS, by ticket and target. */
export class AwsSessions extends TokenSessions<'aws', Needs> {
  constructor(parts: ProtocolParts) {
    super(parts, 'aws', (session) => {
      const maskKeys = new MaskKeys(parts.maskKey, session.target.name);
      return Promise.resolve({
        keys: parts.awsCredentials.of(session),
        maskKeys,
        detect: detectorsOf(session, maskKeys),
      });
    });
  }
}
