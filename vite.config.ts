import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/**
 * The module with threads, as `cargo xtask build` leaves it; it may have been left out. Its files find each other
 * by their names, and the browser loads them again in every thread, so they are copied as they are, into a folder
 * that is named after their contents.
 */
const THREADS = 'pkg/threads/';
const FILES = ['warren.js', 'warren_bg.wasm', 'pool.js', 'pool-worker.js'];
const files = existsSync(`${THREADS}warren.js`)
  ? FILES.map((name) => ({ name, source: readFileSync(THREADS + name) }))
  : [];
const hash = createHash('sha256');
for (const { source } of files) hash.update(source);
const folder = `threads-${hash.digest('hex').slice(0, 8)}`;

function threadsModule(): Plugin {
  return {
    name: 'threads-module',
    apply: 'build',
    generateBundle() {
      for (const { name, source } of files)
        this.emitFile({ type: 'asset', fileName: `assets/${folder}/${name}`, source });
    },
  };
}

export default defineConfig({
  plugins: [threadsModule()],
  // The worker's script lies in assets/ as well.
  define: { WARREN_THREADS: JSON.stringify(files.length > 0 ? `./${folder}/warren.js` : null) },
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
    rollupOptions: {
      input: { index: 'index.html', isolate: 'web/isolate-worker.ts' },
      output: {
        // A service worker answers for the folder in which its script lies: that of the page.
        entryFileNames: (chunk) =>
          chunk.name === 'isolate' ? 'isolate.js' : 'assets/[name]-[hash].js',
      },
    },
  },
});
