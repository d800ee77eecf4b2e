import type { Qr } from "../core/types";

/** Black on white whatever the theme: cameras want it so. */
export function QrPicture({ qr, label }: { qr: Qr; label: string }) {
  return (
    <svg class="qr" viewBox={`0 0 ${qr.size} ${qr.size}`} role="img" aria-label={label}>
      <rect width={qr.size} height={qr.size} />
      <path d={qr.path} />
    </svg>
  );
}
