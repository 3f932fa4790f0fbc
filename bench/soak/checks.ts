import type { Ledger, MarkKind } from './ledger.ts';
import type { Record } from './record.ts';
import { copyLines } from './shop.ts';

/** A line of the report. */
export interface Check {
  readonly what: string;
  readonly good: boolean;
  readonly figures: string;
}

/** What stands in the server's tables: how often each mark, how many lines of each COPY. */
export interface Tables {
  readonly marks: ReadonlyMap<string, number>;
  readonly lines: ReadonlyMap<string, number>;
}

/** What a failed check names at most. */
const namedMax = 5;

export function check(what: string, wrong: readonly string[], figures: string): Check {
  const named = wrong.slice(0, namedMax).join('; ');
  const more = wrong.length > namedMax ? ` and ${wrong.length - namedMax} more` : '';
  return { what, good: wrong.length === 0, figures: wrong.length === 0 ? figures : `${named}${more}` };
}

/** The server's tables, the journal and what clients were told, against each other. */
export function compare(tables: Tables, record: Record, ledger: Ledger): readonly Check[] {
  const there = [...tables.marks.keys(), ...tables.lines.keys()];
  const isThere = (id: string): boolean => tables.marks.has(id) || tables.lines.has(id);
  const unrecorded = there.filter((id) => !record.commands.has(id));
  const ran = [...record.commands].filter(
    ([id, commands]) => leavesMark(id) && commands.some(({ succeeded }) => succeeded),
  );
  const missing = ran.map(([id]) => id).filter((id) => !isThere(id));
  const lost = [...ledger.acknowledged].filter((id) => !isThere(id));
  const unheard = [...ledger.answered].filter((id) => !record.commands.has(id));
  return [
    check('every row that was written has its command in the journal', unrecorded, `${there.length} writes`),
    check('every write that the journal tells of left its row', missing, `${ran.length} writes`),
    check('every write that a client was told of is there', lost, `${ledger.acknowledged.size} writes`),
    check(
      'every answer that a client got has its command in the journal',
      unheard,
      `${ledger.answered.size} answers`,
    ),
    once(tables),
    held(tables, record),
  ];
}

/** Its success alone means that its row is there: of those in transactions it does not. */
function leavesMark(id: string): boolean {
  const kinds: readonly string[] = ['a', 'c', 'y', 'w', 'x'] satisfies MarkKind[];
  return kinds.includes(id[0] ?? '');
}

function once({ marks, lines }: Tables): Check {
  const wrong = [
    ...[...marks].filter(([, times]) => times !== 1).map(([id, times]) => `${id} ${times} times`),
    ...[...lines]
      .filter(([, count]) => count !== copyLines)
      .map(([id, count]) => `${id} with ${count} lines`),
    ...[...marks.keys(), ...lines.keys()]
      .filter((id) => 'rb'.includes(id[0] ?? ''))
      .map((id) => `${id}, which was rolled back`),
  ];
  return check(
    'every write happened once and whole, and none that was rolled back',
    wrong,
    `${marks.size} rows, ${lines.size} COPYs`,
  );
}

/** As approved, once, or not at all. */
function held({ marks }: Tables, { commands, uses, approved }: Record): Check {
  const heldMarks = [...marks.keys()].filter((id) => 'ynwlx'.includes(id[0] ?? ''));
  const wrong = [
    ...heldMarks.filter((id) => 'nl'.includes(id[0] ?? '')).map((id) => `${id}, which nobody approved, ran`),
    ...heldMarks.filter((id) => !hasApproval(id)).map((id) => `${id} ran without an approval on record`),
    ...[...uses]
      .filter(([, times]) => times !== 1)
      .map(([approval, times]) => `approval ${approval} was used ${times} times`),
    ...[...uses.keys()]
      .filter((approval) => !approved.has(approval))
      .map((approval) => `${approval} was used and not approved`),
  ];
  return check(
    'held commands ran once, as approved, or not at all',
    wrong,
    `${heldMarks.length} ran, ${uses.size} approvals used`,
  );

  function hasApproval(id: string): boolean {
    const [command, ...more] = commands.get(id) ?? [];
    return command?.verdict === 'hold' && command.approval !== undefined && more.length === 0;
  }
}
