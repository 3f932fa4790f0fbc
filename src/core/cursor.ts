/** How far each reader of the journal has come: the `seq` of the newest event that it is done with. */
export interface CursorRecords {
  /** 0 where it has not begun. */
  get(name: string): Promise<number>;
  set(name: string, seq: number): Promise<void>;
}
