/** In the place of what nothing may be told of. */
export const redacted = '[redacted]';
