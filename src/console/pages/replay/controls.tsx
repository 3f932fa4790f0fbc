import { Button, CopyButton, SegmentedControl, Switch } from '@mantine/core';
import { Icon } from '../../parts/icon.tsx';
import { Status } from '../../parts/status.tsx';
import { clockOf } from './clock-of.ts';
import type { Tape } from './tape.ts';
import { speeds } from './use-player.ts';
import type { Player } from './use-player.ts';
import styles from './replay.module.css';

/** Play, how fast, and a link to where one is. */
export function Controls(it: {
  readonly player: Player;
  readonly tape: Tape;
  readonly isLive: boolean;
  readonly skipsIdle: boolean;
  readonly setSkipsIdle: (skips: boolean) => void;
  /** Of the moment that one is at. */
  readonly seq: number | undefined;
}) {
  const { player, tape, isLive } = it;
  const lengthMs = tape.sessionAt(tape.lengthMs);
  return (
    <div className={styles['controls']}>
      {player.isPlaying ? (
        <Button onClick={player.pause} leftSection={<Icon name="pause" size={16} />} w={100}>
          Pause
        </Button>
      ) : (
        <Button onClick={player.play} leftSection={<Icon name="play" size={16} />} w={100}>
          Play
        </Button>
      )}
      <span className={styles['clock']}>
        {clockOf(player.sessionMs, lengthMs)} <span>/ {clockOf(lengthMs, lengthMs)}</span>
      </span>
      <SegmentedControl
        aria-label="speed"
        size="xs"
        value={String(player.speed)}
        data={speeds.map((speed) => ({ value: String(speed), label: `${speed}×` }))}
        onChange={(value) => player.setSpeed(speeds.find((speed) => String(speed) === value) ?? 1)}
      />
      <Switch
        label="Skip idle time"
        checked={it.skipsIdle}
        onChange={(event) => it.setSkipsIdle(event.currentTarget.checked)}
      />
      <span className={styles['apart']}>
        {isLive &&
          (player.isAtEnd ? (
            <Status tone="allow" icon="now">
              following live
            </Status>
          ) : (
            <Button variant="light" size="compact-md" onClick={player.goToEnd}>
              Follow live
            </Button>
          ))}
        <LinkToHere seq={it.seq} />
      </span>
    </div>
  );
}

function LinkToHere({ seq }: { readonly seq: number | undefined }) {
  if (seq === undefined) return null;
  return (
    <CopyButton value={`${location.origin}${location.pathname}?at=${seq}`} timeout={2_000}>
      {({ copied, copy }) => (
        <Button
          variant="subtle"
          size="compact-md"
          onClick={copy}
          leftSection={<Icon name={copied ? 'check' : 'copy'} size={16} />}
        >
          {copied ? 'Copied' : 'Link to here'}
        </Button>
      )}
    </CopyButton>
  );
}
