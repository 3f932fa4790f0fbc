import { createContext, useContext, useLayoutEffect, useMemo, useRef } from 'react';
import type { ReactNode } from 'react';

/** What one key, or two in a row (`g a`), does on the page as it is now. */
export interface KeyBinding {
  readonly keys: string;
  /** For the list that `?` shows. */
  readonly does: string;
  readonly act: () => void;
}

interface Keys {
  add(binding: KeyBinding): () => void;
  all(): readonly KeyBinding[];
}

/** The second key of two must follow within that time. */
const sequenceMs = 1_200;

const Context = createContext<Keys | undefined>(undefined);

/** Listens once for the whole page; what is bound later goes before what was bound earlier. */
export function KeysProvider({ children }: { readonly children: ReactNode }) {
  const bindings = useRef<readonly KeyBinding[]>([]);
  const keys = useMemo<Keys>(
    () => ({
      add(binding) {
        bindings.current = [binding, ...bindings.current];
        return () => {
          bindings.current = bindings.current.filter((one) => one !== binding);
        };
      },
      all: () => bindings.current,
    }),
    [],
  );
  useLayoutEffect(() => {
    let first: { readonly key: string; readonly atMs: number } | undefined;
    const pressed = (event: KeyboardEvent) => {
      if (isForSomethingElse(event)) return;
      const isSecond = first !== undefined && event.timeStamp - first.atMs < sequenceMs;
      const typed = isSecond ? `${first?.key} ${event.key}` : event.key;
      const found = bindings.current.find((one) => one.keys === typed);
      const begins = !isSecond && bindings.current.some((one) => one.keys.startsWith(`${event.key} `));
      first = begins ? { key: event.key, atMs: event.timeStamp } : undefined;
      if (found === undefined) return;
      event.preventDefault();
      found.act();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
  return <Context value={keys}>{children}</Context>;
}

/** Binds keys while the component is there. @param act absent: they do nothing now */
export function useKey(keys: string, does: string, act: (() => void) | undefined): void {
  const all = useContext(Context);
  const newest = useRef(act);
  const isOn = act !== undefined;
  // As soon as it is seen: whoever is quick must not press a key that does nothing yet.
  useLayoutEffect(() => {
    newest.current = act;
  });
  useLayoutEffect(() => {
    if (!isOn) return undefined;
    return all?.add({ keys, does, act: () => newest.current?.() });
  }, [all, keys, does, isOn]);
}

/** What can be pressed just now, for the list of keys. */
export function useKeys(): () => readonly KeyBinding[] {
  const all = useContext(Context);
  return () => all?.all() ?? [];
}

/** Somebody types, a dialogue is open, or the browser means something by it. */
function isForSomethingElse(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  const typing = target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
  return typing || target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}
