import { useEffect, useState } from 'react';
import type { Tape } from './tape.ts';

export const speeds = [1, 4, 16] as const;
export type Speed = (typeof speeds)[number];

/** How often the page moves on while it plays. */
const stepMs = 100;

export interface Player {
  /** Of the session, in milliseconds since its beginning. */
  readonly sessionMs: number;
  readonly isPlaying: boolean;
  /** It stays at the end, which moves while the session lives. */
  readonly isAtEnd: boolean;
  readonly speed: Speed;
  readonly play: () => void;
  readonly pause: () => void;
  readonly setSpeed: (speed: Speed) => void;
  readonly goTo: (sessionMs: number) => void;
  readonly goToEnd: () => void;
}

/** @param startMs where it stands at first; undefined: at the end */
export function usePlayer(tape: Tape, startMs: number | undefined): Player {
  const [speed, setSpeed] = useState<Speed>(1);
  const [isPlaying, setPlaying] = useState(false);
  const [place, setPlace] = useState<number | 'end'>(startMs ?? 'end');
  const endMs = tape.sessionAt(tape.lengthMs);
  useEffect(() => {
    if (!isPlaying) return undefined;
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const playedMs = (now - before) * speed;
      before = now;
      setPlace((at) => (at === 'end' ? at : played(tape, at, playedMs)));
    }, stepMs);
    return () => clearInterval(timer);
  }, [isPlaying, speed, tape]);
  const isAtEnd = place === 'end' || place >= endMs;
  useEffect(() => {
    if (isAtEnd) setPlaying(false);
  }, [isAtEnd, isPlaying]);
  return {
    sessionMs: place === 'end' ? endMs : Math.min(place, endMs),
    isPlaying,
    isAtEnd,
    speed,
    setSpeed,
    play: () => {
      if (isAtEnd) setPlace(0);
      setPlaying(true);
    },
    pause: () => setPlaying(false),
    goTo: (sessionMs) => {
      setPlaying(false);
      setPlace(sessionMs);
    },
    goToEnd: () => {
      setPlaying(false);
      setPlace('end');
    },
  };
}

function played(tape: Tape, at: number, playedMs: number): number | 'end' {
  const tapeMs = tape.tapeAt(at) + playedMs;
  return tapeMs >= tape.lengthMs ? 'end' : tape.sessionAt(tapeMs);
}
