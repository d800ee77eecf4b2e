import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { __DEV_HOSTS__: "true", __EVENT_PAGE__: "false" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  test: { include: ["test/**/*.test.{ts,tsx}"], restoreMocks: true, testTimeout: 10_000 },
});
