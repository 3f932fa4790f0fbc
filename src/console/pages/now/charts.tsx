import { Skeleton } from '@mantine/core';
import type { ActivityBody } from '../../../api/contract/schemas/activity.ts';
import { barsOf, inWords } from './bars.ts';
import type { Bar, Count } from './bars.ts';
import styles from './now.module.css';

const charts: readonly { count: Count; title: string; named: string; tone: string }[] = [
  { count: 'commands', title: 'Commands', named: 'commands', tone: 'accent' },
  { count: 'holds', title: 'Held for a person', named: 'held commands', tone: 'hold' },
  { count: 'refusals', title: 'Refused', named: 'refusals', tone: 'deny' },
  { count: 'masked', title: 'Values masked', named: 'masked values', tone: 'mask' },
];

/** Steps of a quarter of an hour to a bar: half an hour. */
const stepsEach = 2;

/** The last day at a glance. */
export function Charts({ activity }: { readonly activity: ActivityBody | undefined }) {
  return (
    <div className={styles['charts']}>
      {charts.map(({ count, title, named, tone }) =>
        activity === undefined ? (
          <Skeleton key={count} height={132} radius="lg" />
        ) : (
          <Chart
            key={count}
            title={title}
            named={named}
            tone={tone}
            bars={barsOf(activity.steps, count, stepsEach)}
          />
        ),
      )}
    </div>
  );
}

interface ChartParts {
  readonly title: string;
  readonly named: string;
  readonly tone: string;
  readonly bars: readonly Bar[];
}

function Chart({ title, named, tone, bars }: ChartParts) {
  const sum = bars.reduce((all, { count }) => all + count, 0);
  return (
    <section className={styles['chart']} data-tone={tone}>
      <h2>{title}</h2>
      <span className={styles['sum']}>{sum.toLocaleString()}</span>
      <Bars bars={bars} told={inWords(bars, named, clockTime)} />
      <span className={styles['axis']} aria-hidden="true">
        <span>24 h ago</span>
        <span>now</span>
      </span>
    </section>
  );
}

const height = 44;
const width = 6;
const gap = 2;
/** So that one among thousands can still be seen. */
const leastHeight = 3;

function Bars({ bars, told }: { readonly bars: readonly Bar[]; readonly told: string }) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const all = bars.length * (width + gap) - gap;
  return (
    <svg
      className={styles['bars']}
      viewBox={`0 0 ${all} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={told}
    >
      {bars.map(({ count, at }, position) => {
        const tall = count === 0 ? 1 : Math.max(leastHeight, (count / most) * height);
        return (
          <rect
            key={at}
            className={count === 0 ? styles['none'] : undefined}
            x={position * (width + gap)}
            y={height - tall}
            width={width}
            height={tall}
          >
            <title>{`${clockTime(at)}: ${count.toLocaleString()}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function clockTime(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}
