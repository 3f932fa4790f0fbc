import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandOf, holdOf, sessionOf } from '../../test/fixtures/commands.ts';
import type { Estimate, Preview } from './approvals.ts';
import type { Command } from './command.ts';
import { SallyportError, type ErrorCode } from './errors.ts';
import type { Event } from './event.ts';
import * as governing from './govern.ts';
import { Governor, type Inquiry, type Permit } from './govern.ts';
import type { MaskPlan } from './mask.ts';
import { Outbox } from './outbox.ts';
import type { Decision, HoldTicket, Holds, Journal, Policy } from './ports.ts';
import type { Session } from './session.ts';
import type { Allow, Deny, Verdict } from './verdict.ts';

const allow: Allow = { kind: 'allow', rules: ['yes'], failures: [], limits: { rows: 7 }, reveals: ['*'] };
const hidden: Allow = { ...allow, reveals: [] };
const deny: Deny = {
  kind: 'deny',
  rules: ['no'],
  failures: [],
  because: 'never on Fridays',
  uncovered: [],
  allowed: [],
};
const hold = holdOf({ reveals: ['*'] });
const stricter = { ...hold, approvers: [{ groups: ['dba'], count: 2 }] };
const renamed = { ...hold, rules: ['another rule of the same people'] };
const approved: Decision = { kind: 'approved', by: ['ana'] };

interface Script {
  /** What the rules say each time they are asked; the last answer stays. */
  readonly rules: readonly Verdict[];
  /** An approval that was given before. */
  readonly earlier?: string;
  /** What people say; `lost`: waiting for them fails. */
  readonly people?: Decision | 'lost';
  /** What happens while the gateway waits for the store, or for people. */
  readonly meanwhile?: 'session ends' | 'client cancels';
  readonly before?: 'session ends';
  readonly full?: boolean;
  readonly storeDown?: boolean;
  /** The target can tell what it expects. */
  readonly estimates?: boolean;
  /** The target can run it without committing it; or cannot after all. */
  readonly previews?: boolean;
}

/** Everything around a Governor, writing down in one list what happens in which order. */
class Stage implements Holds, Journal {
  readonly happened: string[] = [];
  readonly events: Event[] = [];
  readonly session: Session = sessionOf();
  readonly client = new AbortController();
  readonly governor: Governor;
  losses = 3;
  readonly #script: Script;
  #asked = 0;

  constructor(script: Script) {
    this.#script = script;
    const policy = { decide: () => this.#verdict() } as Partial<Policy> as Policy;
    const masking = { plan: (_: unknown, reveals: readonly string[]) => planOf(reveals) };
    this.governor = new Governor({ policy: () => policy, masking, holds: this, journal: this });
    if (script.before !== undefined) this.#endSession();
  }

  /** What came of it: `permit`, or the refusal's code. */
  async govern(command: Command): Promise<Permit | SallyportError> {
    return this.governor.govern(this.session, command, () => ({
      held: () => this.happened.push('client told'),
      signal: this.client.signal,
      ...(this.#script.previews === undefined
        ? {}
        : { preview: (_command, _keptMs, leave) => this.#preview(leave) }),
      ...(this.#script.estimates === true ? { estimate: (_, leave) => this.#estimate(leave) } : {}),
    }));
  }

  async #estimate(recorded: () => Promise<Inquiry>): Promise<Estimate | undefined> {
    const inquiry = await recorded().catch(() => undefined);
    if (inquiry === undefined) return undefined;
    inquiry.spend();
    assert.throws(() => inquiry.spend(), { code: 'internal' });
    this.happened.push('ask the target');
    return { rows: 7, cost: 1 };
  }

  async #preview(recorded: () => Promise<Inquiry>): Promise<Preview | undefined> {
    if (this.#script.previews !== true) return undefined;
    (await recorded()).spend();
    this.happened.push('run');
    return { rows: 1, columns: [], sample: [], failed: null, keptUntil: null };
  }

  append(event: Event): void {
    this.#record('append', event);
  }

  note(event: Event): void {
    this.#record('note', event);
  }

  commit(): void {
    this.happened.push('commit');
    if (this.#script.full === true) throw new SallyportError('journal_unavailable', 'disk full');
  }

  async useEarlier(): Promise<string | undefined> {
    if (this.#script.storeDown === true) throw new Error('the store is down');
    if (this.#script.earlier === undefined) return undefined;
    this.#meanwhile();
    return this.#script.earlier;
  }

  async open(): Promise<HoldTicket> {
    this.happened.push('open');
    return { id: 'h1', url: 'https://gateway/approvals/h1', waitMs: 60_000 };
  }

  async decided(): Promise<Decision> {
    this.#meanwhile();
    const { people } = this.#script;
    if (people === undefined || people === 'lost') throw new Error('the store went down');
    return people;
  }

  async withdraw({ id }: HoldTicket): Promise<void> {
    this.happened.push(`withdraw ${id}`);
  }

  #verdict(): Verdict {
    const { rules } = this.#script;
    const verdict = rules[this.#asked] ?? rules.at(-1);
    this.#asked += 1;
    assert.ok(verdict);
    return verdict;
  }

  #meanwhile(): void {
    if (this.#script.meanwhile === 'session ends') this.#endSession();
    if (this.#script.meanwhile === 'client cancels') this.client.abort();
  }

  #endSession(): void {
    this.session.end(new SallyportError('revoked', 'killed'));
  }

  #record(how: 'append' | 'note', event: Event): void {
    this.events.push(event);
    const what = event.type === 'hold.ended' ? ` ${event.outcome}` : '';
    this.happened.push(`${how} ${event.type}${what}`);
  }
}

function planOf(reveals: readonly string[]): MaskPlan {
  const email = new Map([['public.users.email', 'email'] as const]);
  return { hidden: reveals.length === 0 ? email : new Map(), detect: [] };
}

/** Cannot be shown to whom anything is hidden. */
const command = commandOf('UPDATE t SET a = 1', {
  undisclosable: (plan) => (plan.hidden.size === 0 ? undefined : 'it would show e-mails'),
});

const opened = ['open', 'append hold.opened', 'commit', 'client told'];
const ran = 'append command';
const refused = 'note command.refused';

const rows: readonly [what: string, Script, outcome: 'permit' | ErrorCode, happened: readonly string[]][] = [
  ['allowed', { rules: [allow] }, 'permit', [ran]],
  ['denied', { rules: [deny] }, 'denied', [refused]],
  ['allowed, but shows what is hidden', { rules: [hidden] }, 'undisclosable', [refused]],
  ['held, though it shows what is hidden', { rules: [{ ...hold, reveals: [] }] }, 'undisclosable', [refused]],
  ['of a session that has ended', { rules: [allow], before: 'session ends' }, 'revoked', [refused]],

  [
    'held and approved',
    { rules: [hold], people: approved },
    'permit',
    [...opened, 'note hold.ended used', ran],
  ],
  [
    'held and denied',
    { rules: [hold], people: { kind: 'denied', by: 'ana' } },
    'hold_denied',
    [...opened, 'note hold.ended denied', refused],
  ],
  [
    'held and nobody answers',
    { rules: [hold], people: { kind: 'unanswered' } },
    'hold_pending',
    [...opened, 'note hold.ended unanswered', refused],
  ],
  [
    'held, and nobody can be heard',
    { rules: [hold], people: 'lost' },
    'hold_withdrawn',
    [...opened, 'withdraw h1', 'note hold.ended withdrawn', refused],
  ],
  [
    'approved in the moment in which its client cancels',
    { rules: [hold], people: approved, meanwhile: 'client cancels' },
    'hold_withdrawn',
    [...opened, 'withdraw h1', 'note hold.ended withdrawn', refused],
  ],
  [
    'approved in the moment in which its session is killed',
    { rules: [hold], people: approved, meanwhile: 'session ends' },
    'hold_withdrawn',
    [...opened, 'withdraw h1', 'note hold.ended withdrawn', refused],
  ],
  [
    'held, and that cannot be put on record',
    { rules: [hold], people: approved, full: true },
    'journal_unavailable',
    ['open', 'append hold.opened', 'commit', 'withdraw h1', refused],
  ],

  [
    'held, and the target asked what it expects: on record first',
    { rules: [hold], people: approved, estimates: true },
    'permit',
    ['append command.estimated', 'commit', 'ask the target', ...opened, 'note hold.ended used', ran],
  ],
  [
    'held, and run beforehand as its rules want: on record first, and not estimated',
    { rules: [{ ...hold, previewMs: 5 }], people: approved, previews: true, estimates: true },
    'permit',
    ['append command.previewed', 'commit', 'run', ...opened, 'note hold.ended used', ran],
  ],
  [
    'held, and not run beforehand where its rules do not want it',
    { rules: [hold], people: approved, previews: true },
    'permit',
    [...opened, 'note hold.ended used', ran],
  ],
  [
    'held, and estimated where it cannot be run beforehand',
    { rules: [{ ...hold, previewMs: 5 }], people: approved, previews: false, estimates: true },
    'permit',
    ['append command.estimated', 'commit', 'ask the target', ...opened, 'note hold.ended used', ran],
  ],
  [
    'held, and that the target would be asked cannot be put on record: it is not asked',
    { rules: [hold], people: approved, estimates: true, full: true },
    'journal_unavailable',
    ['append command.estimated', 'commit', 'open', 'append hold.opened', 'commit', 'withdraw h1', refused],
  ],

  ['approved earlier', { rules: [hold], earlier: 'h0' }, 'permit', ['note hold.ended used', ran]],
  [
    'approved earlier, but its client cancels',
    { rules: [hold], earlier: 'h0', meanwhile: 'client cancels' },
    'hold_withdrawn',
    ['note hold.ended withdrawn', refused],
  ],
  [
    'approved earlier, but its session is killed',
    { rules: [hold], earlier: 'h0', meanwhile: 'session ends' },
    'hold_withdrawn',
    ['note hold.ended withdrawn', refused],
  ],
  [
    'approved earlier, but denied by now (THREATS 25)',
    { rules: [hold, deny], earlier: 'h0' },
    'denied',
    ['note hold.ended used', refused],
  ],

  [
    'approved, but denied by the rules of now (THREATS 25)',
    { rules: [hold, deny], people: approved },
    'denied',
    [...opened, 'note hold.ended used', refused],
  ],
  [
    'approved, but the rules of now want more people (THREATS 25)',
    { rules: [hold, stricter], people: approved },
    'hold_withdrawn',
    [...opened, 'note hold.ended used', refused],
  ],
  [
    'approved, but the rules of now reveal less',
    { rules: [hold, { ...hold, reveals: [] }], people: approved },
    'undisclosable',
    [...opened, 'note hold.ended used', refused],
  ],
  [
    'approved, and held by another rule of the same people by now',
    { rules: [hold, renamed], people: approved },
    'permit',
    [...opened, 'note hold.ended used', ran],
  ],
  [
    'approved, and allowed by now',
    { rules: [hold, allow], people: approved },
    'permit',
    [...opened, 'note hold.ended used', ran],
  ],
];

describe('a command', () => {
  for (const [what, script, outcome, happened] of rows) {
    test(`${what}: ${outcome}`, async () => {
      const stage = new Stage(script);
      const ruling = await stage.govern(command);
      assert.equal(ruling instanceof SallyportError ? ruling.code : 'permit', outcome);
      assert.deepEqual(stage.happened, happened);
    });
  }

  test('that is refused by itself is neither held nor let on, and the rules come first', async () => {
    const refusal = new SallyportError('too_large', 'too many of them');
    for (const [verdict, code] of [
      [allow, 'too_large'],
      [hold, 'too_large'],
      [deny, 'denied'],
    ] as const) {
      const stage = new Stage({ rules: [verdict], people: approved });
      const ruling = await stage.govern({ ...command, refusal });
      assert.equal(ruling instanceof SallyportError && ruling.code, code);
      assert.deepEqual(stage.happened, [refused]);
    }
  });

  test('that cannot be held because the store is down goes nowhere', async () => {
    const stage = new Stage({ rules: [hold], storeDown: true });
    await assert.rejects(stage.govern(command), /the store is down/);
    assert.deepEqual(stage.happened, []);
  });

  test('is decided at once unless it is held', () => {
    const { governor, session } = new Stage({ rules: [allow] });
    const unasked = (): never => assert.fail('nothing to wait for');
    assert.ok(!(governor.govern(session, command, unasked) instanceof Promise));
  });
});

describe('the record of a command', () => {
  const failures = [{ rule: 'odd hours', error: 'no such key' }];
  const parameters = [
    { bytes: Buffer.from('ada'), format: 'text' },
    { bytes: Buffer.from([1]), format: 'binary' },
  ] as const;

  test('shows what goes on, by which rules, with which approval', async () => {
    const stage = new Stage({ rules: [{ ...hold, failures }], earlier: 'h0' });
    await stage.govern({ ...command, parameters, unbounded: true, uses: ['pattern'] });
    assert.deepEqual(stage.events.at(-1), {
      type: 'command',
      session: stage.session.id,
      command: 1,
      text: command.text,
      parameters: ['ada', { hex: '01' }],
      effects: ['write.update public.t'],
      verdict: 'hold',
      rules: hold.rules,
      unbounded: true,
      uses: ['pattern'],
      reveals: hold.reveals,
      approval: 'h0',
      failures,
    });
  });

  for (const [what, verdict, code] of [
    ['denied', { ...deny, failures }, 'denied'],
    ['undisclosable', { ...hidden, failures }, 'undisclosable'],
  ] as const) {
    test(`shows what was ${what}, and which rules could not be evaluated`, async () => {
      const stage = new Stage({ rules: [verdict] });
      const refusal = await stage.govern({ ...command, parameters, unbounded: true, uses: ['range'] });
      assert.ok(refusal instanceof SallyportError);
      assert.deepEqual(stage.events, [
        {
          type: 'command.refused',
          session: stage.session.id,
          text: command.text,
          parameters: ['ada', { hex: '01' }],
          effects: ['write.update public.t'],
          unbounded: true,
          uses: ['range'],
          code,
          because: refusal.message,
          detail: refusal.detail,
          failures,
        },
      ]);
    });
  }

  test('counts the commands that go on, not those that are refused', async () => {
    const stage = new Stage({ rules: [allow, deny, allow] });
    const numbers = [];
    for (let i = 0; i < 3; i++) {
      const ruling = await stage.govern(command);
      if (!(ruling instanceof SallyportError)) numbers.push(ruling.command);
    }
    assert.deepEqual(numbers, [1, 2]);
    assert.equal(stage.session.commands, 2);
  });
});

describe('a command that no parameter could save', () => {
  function foredoom(verdict: Deny | undefined, of = command): [SallyportError | undefined, string[]] {
    const stage = new Stage({ rules: [allow] });
    const policy = { foredoomed: () => verdict } as Partial<Policy> as Policy;
    const masking = { plan: () => planOf([]) };
    const governor = new Governor({ policy: () => policy, masking, holds: stage, journal: stage });
    return [governor.foredoomed(stage.session, of), stage.happened];
  }

  test('is refused and put on record', () => {
    const [refusal, happened] = foredoom(deny);
    assert.equal(refusal?.code, 'denied');
    assert.deepEqual(happened, [refused]);
  });

  test('is refused by itself', () => {
    const refusal = new SallyportError('too_large', 'too many of them');
    assert.deepEqual(foredoom(undefined, { ...command, refusal }), [refusal, [refused]]);
  });

  test('is left to its Execute where parameters matter', () => {
    assert.deepEqual(foredoom(undefined), [undefined, []]);
  });
});

describe('a permit', () => {
  async function permitted(): Promise<[Permit, Stage]> {
    const stage = new Stage({ rules: [allow] });
    const permit = await stage.govern(command);
    assert.ok(!(permit instanceof SallyportError));
    return [permit, stage];
  }

  test('carries what masks and limits its answer, and what was lost before it', async () => {
    const [{ plan, limits, losses, session }, stage] = await permitted();
    assert.deepEqual({ plan, limits, losses }, { plan: planOf(['*']), limits: { rows: 7 }, losses: 3 });
    assert.equal(session, stage.session);
  });

  test('is good for one command', async () => {
    const [permit] = await permitted();
    permit.spend();
    assert.throws(() => permit.spend(), { code: 'internal' });
  });

  test('is dead once its session has ended', async () => {
    const [permit, { session }] = await permitted();
    session.end(new SallyportError('revoked', 'killed'));
    assert.throws(() => permit.spend(), { code: 'revoked', message: 'killed' });
  });

  test('cannot be made elsewhere', async () => {
    assert.deepEqual(Object.keys(governing), ['Governor']);
    const [permit, stage] = await permitted();
    const outbox = new Outbox(stage, { write: () => assert.fail('nothing may leave') });
    const { session, plan, limits } = permit;
    const alike = { session, command: 1, plan, limits, losses: 3, spend() {} };
    assert.throws(() => {
      // @ts-expect-error -- what looks like a permit is none: the type check is what is tested here
      outbox.send({ ...alike, spend: permit.spend }, Buffer.from('x'), 0, 1);
    }, TypeError);
  });
});
