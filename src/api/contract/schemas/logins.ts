import { z } from 'zod';

const time = z.iso.datetime();

/** One of my own logins, by browser. */
export const login = z.object({
  id: z.string(),
  /** This very one. */
  current: z.boolean(),
  via: z.enum(['oidc', 'saml']),
  /** Address of the browser, and what it said it is. */
  client: z.string(),
  agent: z.string(),
  createdAt: time,
  seenAt: time,
  expiresAt: time,
});
export type LoginBody = z.infer<typeof login>;

/** What was ended by signing out everywhere. */
export const ended = z.object({ logins: z.int(), tickets: z.int(), sessions: z.int() });
