import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { SessionBody } from '../../../api/contract/schemas.ts';
import { useKey } from '../../app/keys.tsx';
import { Controls } from './controls.tsx';
import { MomentDetail } from './moment.tsx';
import { MomentList } from './moment-list.tsx';
import type { Moment } from './moments.ts';
import { momentAt } from './tape.ts';
import type { Tape } from './tape.ts';
import { Timeline } from './timeline.tsx';
import { usePlayer } from './use-player.ts';
import styles from './replay.module.css';

const route = getRouteApi('/sessions/$id');

interface ReplayParts {
  readonly session: SessionBody;
  readonly moments: readonly Moment[];
  readonly tape: Tape;
  readonly isLive: boolean;
  readonly skipsIdle: boolean;
  readonly setSkipsIdle: (skips: boolean) => void;
}

/** The recording as it is played: the timeline, its moments in order, and the one that one is at. */
export function Replay(it: ReplayParts) {
  const { session, moments, tape, isLive } = it;
  const { at: linkedTo } = route.useSearch();
  const go = route.useNavigate();
  const player = usePlayer(tape, isLive && linkedTo === undefined ? undefined : 0);
  const index = momentAt(moments, player.sessionMs);
  const moment = moments[Math.max(0, index)];
  const show = (to: Moment | undefined) => {
    if (to === undefined) return;
    player.goTo(to.atMs);
    void go({ search: { at: to.seq }, replace: true });
  };
  useLink(moments, linkedTo, player.goTo);
  useKey('p', 'Play, or pause', player.isPlaying ? player.pause : player.play);
  useKey('j', 'The next moment', () => show(moments[index + 1]));
  useKey('k', 'The moment before', () => show(moments[Math.max(0, index - 1)]));
  useKey('l', isLive ? 'Follow what happens' : 'To the end', player.goToEnd);
  return (
    <>
      <section className={styles['player']} aria-label="player">
        <Timeline moments={moments} tape={tape} player={player} />
        <Controls
          player={player}
          tape={tape}
          isLive={isLive}
          skipsIdle={it.skipsIdle}
          setSkipsIdle={it.setSkipsIdle}
          seq={moment?.seq}
        />
      </section>
      <div className={styles['both']}>
        <MomentList
          moments={moments}
          index={index}
          choose={show}
          isMoving={player.isPlaying || player.isAtEnd}
        />
        {moment !== undefined && (
          <MomentDetail key={moment.seq} moment={moment} session={session} sessionMs={player.sessionMs} />
        )}
      </div>
    </>
  );
}

/** A link to a moment leads there once that is here. */
function useLink(
  moments: readonly Moment[],
  linkedTo: number | undefined,
  goTo: (sessionMs: number) => void,
): void {
  const [isFollowed, setFollowed] = useState(linkedTo === undefined);
  const found = isFollowed ? undefined : moments.find(({ seq }) => seq >= (linkedTo ?? 0));
  useEffect(() => {
    if (found === undefined) return;
    goTo(found.atMs);
    setFollowed(true);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once, as soon as it is found
  }, [found]);
}
