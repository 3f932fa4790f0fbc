import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventType } from '../core/event.ts';
import { eventTypes } from './contract/event-types.ts';
import type { SoughtType } from './contract/event-types.ts';

/** Results are not in the index. */
type Sought = Exclude<EventType, 'result'>;
type Missing = Exclude<Sought, SoughtType>;

test('every type that the search index knows can be chosen, once', () => {
  // Neither line compiles where the journal has a type that is not there, or the other way round.
  const all: readonly Sought[] = Object.values(eventTypes).flat();
  const isWhole: [Missing] extends [never] ? true : false = true;
  assert.deepEqual([new Set(all).size, isWhole], [all.length, true]);
});
