// Builds the JavaScript package's own part into pkg/, beside what wasm-bindgen has put there: index.js (the
// API), worker.js, and elements.js (the custom elements) with what it loads later. The files stay real files that find each other by `import.meta.url`.
import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/** `client.ts` starts "./worker.ts"; in the package that is the file worker.js beside index.js. */
function workerBesideModule(): Plugin {
  const source = `new URL("./worker.ts", import.meta.url)`;
  const marked = `new URL(/* @vite-ignore */ "./worker.js", import.meta.url)`;
  return {
    name: 'worker-beside-module',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/engine/client.ts')) return null;
      const found = code.replaceAll("'", '"');
      if (!found.includes(source))
        throw new Error('client.ts no longer starts ./worker.ts as expected');
      return found.replace(source, marked);
    },
    // The mark is for this build only: the host's bundler shall see the worker and follow it.
    renderChunk: (code) => code.replace(/\/\* @vite-ignore \*\/ */, ''),
  };
}

/** The elements' types are written by hand: their insides are no part of the package. */
function elementsTypes(): Plugin {
  return {
    name: 'elements-types',
    generateBundle() {
      const source = readFileSync('web/embed/elements-public.d.ts', 'utf8');
      this.emitFile({ type: 'asset', fileName: 'elements.d.ts', source });
    },
  };
}

export default defineConfig({
  plugins: [workerBesideModule(), elementsTypes()],
  // Beside worker.js, if they were built and whoever hosts the package has kept them.
  define: { WARREN_THREADS: '"./threads/warren.js"', WARREN_GPU: '"./gpu/warren.js"' },
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: 'pkg',
    // package.json, the README and the module stay.
    emptyOutDir: false,
    minify: false,
    reportCompressedSize: false,
    modulePreload: false,
    // A library: its dynamic imports stay what they are, without Vite's preloading around them.
    lib: {
      entry: {
        index: 'web/engine/index.ts',
        worker: 'web/engine/worker.ts',
        elements: 'web/embed/elements.ts',
      },
      formats: ['es'],
    },
    rollupOptions: {
      preserveEntrySignatures: 'strict',
      external: [/\/pkg\/warren\.js$/],
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        paths: (id) => (id.endsWith('/pkg/warren.js') ? './warren.js' : id),
      },
    },
  },
});
