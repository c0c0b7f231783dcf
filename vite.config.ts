import { defineConfig } from 'vite';

export default defineConfig({
  // Relative addresses: dist/ works from any path of any static host.
  base: './',
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // `cargo xtask size` reads from it what is loaded later.
    manifest: true,
    // Nothing as base64 inside scripts: wasm stays a file that browsers compile while it streams.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
