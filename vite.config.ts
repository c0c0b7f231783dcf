import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/**
 * A module that is loaded by its address, as `cargo xtask build` leaves it in pkg/; it may have been left out. Its
 * files find each other by their names, so they are copied as they are, into a folder that is named after their
 * contents.
 */
function copied(name: string, names: string[]): { plugin: Plugin; address: string | null } {
  const from = `pkg/${name}/`;
  const built = existsSync(`${from}warren.js`);
  const files = built ? names.map((file) => ({ file, source: readFileSync(from + file) })) : [];
  const hash = createHash('sha256');
  for (const { source } of files) hash.update(source);
  const folder = `${name}-${hash.digest('hex').slice(0, 8)}`;
  return {
    plugin: {
      name: `${name}-module`,
      apply: 'build',
      generateBundle() {
        for (const { file, source } of files)
          this.emitFile({ type: 'asset', fileName: `assets/${folder}/${file}`, source });
      },
    },
    // Seen from the worker's script, which lies in assets/ as well.
    address: built ? `./${folder}/warren.js` : null,
  };
}

const threads = copied('threads', ['warren.js', 'warren_bg.wasm', 'pool.js', 'pool-worker.js']);
const gpu = copied('gpu', ['warren.js', 'warren_bg.wasm']);

export default defineConfig({
  plugins: [threads.plugin, gpu.plugin],
  define: {
    WARREN_THREADS: JSON.stringify(threads.address),
    WARREN_GPU: JSON.stringify(gpu.address),
  },
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
