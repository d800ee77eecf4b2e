/**
 * The policy of all extension pages. It starts at nothing and says what is needed:
 * `wasm-unsafe-eval` for the Rust core, `ws:`/`wss:` for the gateway (whose address comes with the invite).
 * An explicit policy also removes Firefox's default, which turns every ws: into wss:.
 */
export function extensionPagesPolicy({ devHosts }) {
  const ancestors = ["'self'", "https://app.mtncarerx.com:*", "http://app.mtncarerx.com:*"];
  if (devHosts) ancestors.push("http://localhost:*", "http://127.0.0.1:*");
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self' ws: wss:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors.join(" ")}`,
  ].join("; ");
}
