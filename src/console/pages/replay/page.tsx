import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { SessionBody } from '../../../api/contract/schemas.ts';
import { useRecording } from '../../data/recording.ts';
import type { Recording } from '../../data/recording.ts';
import { useSession } from '../../data/sessions.ts';
import { Answer } from '../../parts/answer.tsx';
import { useNow } from '../../parts/clock.ts';
import { Failed } from '../../parts/failed.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { About } from './about.tsx';
import { Actions } from './actions.tsx';
import { Cut } from './cut.tsx';
import { momentsOf } from './moments.ts';
import type { Moment } from './moments.ts';
import { Replay } from './replay.tsx';
import { tapeOf } from './tape.ts';
import styles from './replay.module.css';

const route = getRouteApi('/sessions/$id');

/** One session: what it was, and the recording to play. */
export function ReplayPage() {
  const { id } = route.useParams();
  const session = useSession(id);
  return (
    <Page
      title="Session"
      about={
        <Link to="/sessions" className={styles['back'] ?? ''}>
          <Icon name="back" size={14} /> All sessions
        </Link>
      }
      actions={session.data !== undefined && <Actions session={session.data} />}
    >
      <Answer of={session}>{(it) => <Recorded key={it.id} session={it} />}</Answer>
    </Page>
  );
}

function Recorded({ session }: { readonly session: SessionBody }) {
  const recording = useRecording(session.id);
  const beganMs = Date.parse(session.openedAt);
  const moments = useMemo(() => momentsOf(recording.events, beganMs), [recording.events, beganMs]);
  return (
    <>
      <About session={session} moments={moments} />
      {recording.error !== undefined && <Failed error={recording.error} again={recording.again} />}
      {recording.state === 'cut' && <Cut session={session} />}
      {moments.length === 0 ? (
        recording.error === undefined && <Loading lines={6} />
      ) : (
        <Played session={session} moments={moments} recording={recording} />
      )}
    </>
  );
}

function Played(it: {
  readonly session: SessionBody;
  readonly moments: readonly Moment[];
  readonly recording: Recording;
}) {
  const { session, moments } = it;
  const [skipsIdle, setSkipsIdle] = useState(true);
  const isLive = session.closedAt === null && it.recording.state === 'reading';
  const endMs = useEnd(it);
  const tape = useMemo(() => tapeOf(moments, endMs, skipsIdle), [moments, endMs, skipsIdle]);
  return (
    <Replay
      session={session}
      moments={moments}
      tape={tape}
      isLive={isLive}
      skipsIdle={skipsIdle}
      setSkipsIdle={setSkipsIdle}
    />
  );
}

/** When it ended, or how long it has lasted, in milliseconds since its beginning. */
function useEnd({
  session,
  moments,
}: {
  readonly session: SessionBody;
  readonly moments: readonly Moment[];
}) {
  const now = useNow();
  const beganMs = Date.parse(session.openedAt);
  const closedMs = session.closedAt === null ? now : Date.parse(session.closedAt);
  return Math.max(closedMs - beganMs, moments.at(-1)?.atMs ?? 0, 0);
}
