import { z } from 'zod';

// What a page looks for is kept in its address, which anybody may have made: what does not fit is left out.

/** The router reads `7` as a number. */
export const textInAddress = z
  .union([z.string().min(1), z.number().transform(String)])
  .optional()
  .catch(undefined);

export const numberInAddress = z.int().min(0).optional().catch(undefined);

/** One of the names of a table. */
export function oneOf<T extends string>(names: Readonly<Record<T, unknown>>) {
  return z
    .custom<T>((value) => typeof value === 'string' && Object.hasOwn(names, value))
    .optional()
    .catch(undefined);
}

/** Whether anything is looked for. */
export function isGiven(search: object): boolean {
  return Object.values(search).some((value) => value !== undefined);
}
