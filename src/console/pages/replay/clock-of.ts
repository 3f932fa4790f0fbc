const shortMs = 60_000;

/** A time since the beginning as a player shows it: `1:04:09`, `0:07`; of what is short as a whole `0:07.042`. */
export function clockOf(ms: number, lengthMs: number): string {
  const seconds = Math.floor(ms / 1_000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const part = lengthMs < shortMs ? `.${digits(Math.floor(ms) % 1_000, 3)}` : '';
  const tail = `${digits(rest, 2)}${part}`;
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${digits(minutes, 2)}:${tail}`;
}

function digits(count: number, width: number): string {
  return String(count).padStart(width, '0');
}
