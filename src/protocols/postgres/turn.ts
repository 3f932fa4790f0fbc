/**
 * What is left for the end of the event loop's turn. Sessions whose clients were heard in the same turn then share
 * one write of the journal, where each alone would cost one.
 */
export class Turn {
  #tasks: (() => void)[] = [];

  /** `task` must not throw: it would keep others from their turn. */
  atEnd(task: () => void): void {
    if (this.#tasks.push(task) === 1) setImmediate(this.#end);
  }

  readonly #end = (): void => {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  };
}
