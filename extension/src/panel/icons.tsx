/** Line icons on a 24-unit grid, drawn for this product. They carry no meaning alone: text stands beside them. */
const paths = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  window: "M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9",
  hide: "M3 3l18 18M10.6 6.2A10 10 0 0 1 12 6c6 0 9 6 9 6a15 15 0 0 1-2.6 3.3M6.2 7.8A15 15 0 0 0 3 12s3 6 9 6a9.6 9.6 0 0 0 4-.9M9.9 10a3 3 0 0 0 4.1 4.1",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  send: "M4 12l16-7-6 15-3-6.5z",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 1.8",
  sent: "M5 13l4.5 4.5L19 7",
  delivered: "M2.5 13L7 17.5 16 7.5M11.5 16.5l1.2 1L22 7.5",
  alert: "M12 4L2.8 20h18.4zM12 10v4.5M12 17.2v.3",
  chat: "M4 5h16v12h-8l-4.5 3.5V17H4z",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.4a3.5 3.5 0 0 1 0 6.3M18 14.6c2.2.9 3.5 2.9 3.5 5.4",
  down: "M12 5v14M6 13l6 6 6-6",
  info: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 11.2v5M12 8v.3",
  shield: "M12 3.5l7 2.6v5.4c0 4.4-3 7.6-7 9-4-1.4-7-4.6-7-9V6.1zM8.7 12l2.4 2.4 4.4-4.6",
  plus: "M12 5v14M5 12h14",
  office: "M4 20V8l8-4 8 4v12M9 20v-5h6v5M8.5 10.5h1M14.5 10.5h1",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15.5 15.5L20 20",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
