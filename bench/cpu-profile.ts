import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What of V8's format (Chrome DevTools Protocol, `Profiler.Profile`) is read. */
interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** Node ids, one a sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** In the order in which they are looked for. */
const places: readonly (readonly [part: RegExp, category: string])[] = [
  [/\/journal\//, 'journal: events, blocks'],
  [/\/masking\//, 'masking'],
  [/\/policy\/|\/core\/|\/budgets\//, 'verdict, permit, outbox'],
  [/\/wire\//, 'PostgreSQL messages'],
  [/\/protocols\/postgres\/(answers|shapes|running|pending|outflow|long-)/, 'answers'],
  [/\/protocols\/postgres\/relay/, 'relay: between the sockets'],
  [/\/protocols\//, 'gate: understanding what is asked'],
  [/^node:internal\/crypto|^node:crypto/, 'journal: hash'],
  [/^node:fs|^node:internal\/fs/, "journal: the file's system call"],
  [/^node:net|stream|^node:events|^node:buffer|^node:internal\/buffer/, "Node's sockets and streams"],
  [/^node:/, "Node's event loop and timers"],
];
const socketCalls: ReadonlySet<string> = new Set([
  'writeBuffer',
  'writev',
  'writeLatin1String',
  'writeUtf8String',
  'readStart',
  'readStop',
]);

/** Self time by category, of the time in which the main thread worked; the parts add up to 1. */
export function summarise(profileFile: string): Map<string, number> {
  const profile = JSON.parse(readFileSync(profileFile, 'utf8')) as Profile;
  const categories = categoriesOf(profile.nodes);
  const micros = new Map<string, number>();
  let all = 0;
  for (const [index, id] of profile.samples.entries()) {
    const category = categories.get(id);
    const took = profile.timeDeltas[index] ?? 0;
    if (category === undefined) continue;
    all += took;
    micros.set(category, (micros.get(category) ?? 0) + took);
  }
  return new Map([...micros].map(([category, took]) => [category, took / all]));
}

/** The main thread's profiles of a folder, oldest first. */
export function mainProfiles(dir: string): string[] {
  // CPU.DATE.TIME.PID.THREAD.NUMBER.cpuprofile
  const main = readdirSync(dir).filter((name) => /^CPU\.\d+\.\d+\.\d+\.0\.\d+\.cpuprofile$/.test(name));
  return main.sort().map((name) => join(dir, name));
}

/** Undefined where nothing was done. What is native counts for whoever called it, but for writing to sockets. */
function categoriesOf(nodes: readonly ProfileNode[]): Map<number, string | undefined> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map<number, string | undefined>();
  const visit = (node: ProfileNode, caller: string): void => {
    const category = categoryOf(node.callFrame, caller);
    found.set(node.id, category);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) visit(child, category ?? caller);
    }
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, "Node's event loop and timers");
  return found;
}

function categoryOf({ functionName, url }: ProfileNode['callFrame'], caller: string): string | undefined {
  if (functionName === '(idle)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'native, without a caller: libuv, V8 itself';
  if (url === '') {
    const isSocket = socketCalls.has(functionName) && caller === "Node's sockets and streams";
    return isSocket ? 'system calls that write to sockets' : caller;
  }
  return places.find(([part]) => part.test(url))?.[1] ?? 'other';
}
