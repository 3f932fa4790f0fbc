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
import type { Player } from './use-player.ts';
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
  const { player, index, isChosen, choose } = useChosen(it);
  const moment = moments[Math.max(0, index)];
  const lengthMs = tape.sessionAt(tape.lengthMs);
  useKey('p', 'Play, or pause', player.isPlaying ? player.pause : player.play);
  useKey('j', 'The next moment', () => choose(moments[index + 1]));
  useKey('k', 'The moment before', () => choose(moments[Math.max(0, index - 1)]));
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
        <MomentList moments={moments} index={index} lengthMs={lengthMs} choose={choose} />
        {moment !== undefined && (
          <MomentDetail
            key={moment.seq}
            moment={moment}
            session={session}
            sessionMs={isChosen || player.isAtEnd ? Number.POSITIVE_INFINITY : player.sessionMs}
            lengthMs={lengthMs}
          />
        )}
      </div>
    </>
  );
}

/**
 * Where one is: a moment that was chosen (or that the address leads to), all of which is seen, however much happened at
 * the same time; or how far the player is.
 */
function useChosen({ moments, tape, isLive }: ReplayParts) {
  const { at: linkedTo } = route.useSearch();
  const go = route.useNavigate();
  const [chosen, setChosen] = useState(linkedTo);
  const player = usePlayer(tape, isLive && linkedTo === undefined ? undefined : 0);
  const chosenAt = chosen === undefined ? -1 : moments.findIndex(({ seq }) => seq >= chosen);
  const chosenMs = moments[chosenAt]?.atMs;
  const { goTo } = player;
  useEffect(() => {
    if (chosenMs !== undefined) goTo(chosenMs);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- goTo does the same every time
  }, [chosenMs]);
  const leaving =
    <Given extends readonly unknown[]>(act: (...given: Given) => void) =>
    (...given: Given) => {
      setChosen(undefined);
      if (linkedTo !== undefined) void go({ search: {}, replace: true, resetScroll: false });
      act(...given);
    };
  return {
    index: chosenAt >= 0 ? chosenAt : momentAt(moments, player.sessionMs),
    isChosen: chosenAt >= 0,
    player: {
      ...player,
      play: leaving(player.play),
      goTo: leaving(player.goTo),
      goToEnd: leaving(player.goToEnd),
    } satisfies Player,
    choose: (to: Moment | undefined) => {
      if (to === undefined) return;
      player.pause();
      setChosen(to.seq);
      void go({ search: { at: to.seq }, replace: true, resetScroll: false });
    },
  };
}
