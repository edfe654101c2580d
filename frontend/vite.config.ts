import { defineConfig } from "vitest/config";

export default defineConfig({
  // The server says where it is served from; what is loaded later is named relative to its importer.
  base: "./",
  esbuild: { jsx: "automatic" },
  build: {
    outDir: "../tljh_envbuilder/web/static",
    emptyOutDir: true,
    assetsDir: "",
    manifest: "manifest.json",
    target: "es2022",
    // Bootstrap is the Hub's; one stylesheet of our own is small enough to be whole.
    cssCodeSplit: false,
    // As a data address a file would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { page: "src/main.tsx", "spawn-form": "src/spawn-form/main.ts" },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["tests/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    unstubGlobals: true,
    // Beside other checks, on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
