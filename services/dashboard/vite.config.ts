import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` forwards what is not the dashboard's own to a running stack.
const api = process.env.CARTRIDGES_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    // A data: URL would need its own word in the content security policy.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/v1": api, "/docs": api, "/openapi.json": api, "/readyz": api } },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
  },
});
