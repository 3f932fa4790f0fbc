/** The vocabulary that all protocols share, so that one rule reads the same everywhere. */
export const effectKinds = ['read', 'write', 'schema', 'access', 'execute', 'session', 'opaque'] as const;
export type EffectKind = (typeof effectKinds)[number];

/** What a command would do. */
export interface Effect {
  readonly kind: EffectKind;
  /** The protocol's own word: `select`, `delete`, `GET` … */
  readonly action: string;
  /** What it is done to, as rules write it: `public.users`. Empty where nothing is named. */
  readonly resource: string;
}

/** `write.delete public.users` */
export function describeEffect(effect: Effect): string {
  const name = `${effect.kind}.${effect.action}`;
  return effect.resource === '' ? name : `${name} ${effect.resource}`;
}

const described = new WeakMap<readonly Effect[], readonly string[]>();

/** As `describeEffect`, of each. All runs of an analysed text share their effects, so they share this too. */
export function describeEffects(effects: readonly Effect[]): readonly string[] {
  let words = described.get(effects);
  if (words === undefined) described.set(effects, (words = effects.map(describeEffect)));
  return words;
}
