/** Two doors in one wall. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width={26} height={26} aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#4453c4" />
      <path
        d="M8 25V11a8 8 0 0 1 16 0v14M16 25V13M6 25h20"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
    </svg>
  );
}
