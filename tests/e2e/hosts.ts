/** Servers of the pages in tests/hosts: plain static ones, with the package beside the page or on another origin. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import type { PageOptions, Site } from './harness.ts';

const PKG = fileURLToPath(new URL('../../pkg/', import.meta.url));
const HOSTS = fileURLToPath(new URL('../hosts/', import.meta.url));
/** Stands for the second server in the pages. */
const ELSEWHERE = 'https://cdn.example/';
const TYPES: Record<string, string> = {
  css: 'text/css',
  html: 'text/html',
  js: 'text/javascript',
  wasm: 'application/wasm',
};

/** What the READMEs state as the terms of a policy, and nothing else. */
export const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";

export interface Hosts {
  /** Address of a page of tests/hosts; `strict` for one under a strict Content-Security-Policy. */
  url(page: string, strict?: boolean): string;
  readonly elsewhere: string;
}

const address = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

/** The file that a path names: of the package below any folder `warren/`, else of tests/hosts. */
async function fileAt(path: string): Promise<Buffer | undefined> {
  if (path.includes('..')) return undefined;
  const [, own] = /\/warren\/(.+)$/.exec(path) ?? [];
  const file = own === undefined ? HOSTS + path.slice(1) : PKG + own;
  // What a documentation tool's theme brings is not kept with the pages.
  const known = path === '/favicon.ico' || (path.includes('/_static/') && own === undefined);
  const missing = known ? Buffer.of() : undefined;
  return readFile(file).catch(() => missing);
}

/** Serves the pages around all tests of the file that calls this. */
export function hosts(): Hosts {
  const serve = (headers: Record<string, string>) =>
    createServer(async (request, response) => {
      const path = new URL(request.url ?? '/', 'http://host').pathname;
      const type = TYPES[path.split('.').pop() ?? ''] ?? 'application/octet-stream';
      let body: Buffer | string | undefined = await fileAt(path.replace(/^\/strict\//, '/'));
      if (type === 'text/html') body = body?.toString().replaceAll(ELSEWHERE, address(elsewhere));
      const policy: Record<string, string> = path.startsWith('/strict/')
        ? { 'content-security-policy': STRICT }
        : {};
      if (body === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': type, ...headers, ...policy }).end(body);
    });
  const own = serve({});
  const elsewhere = serve({ 'access-control-allow-origin': '*' });
  const listening = (server: Server) =>
    new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  before(() => Promise.all([listening(own), listening(elsewhere)]));
  after(() => {
    own.close();
    elsewhere.close();
  });
  return {
    url: (page, strict = false) => `${address(own)}${strict ? 'strict/' : ''}${page}`,
    get elsewhere() {
      return address(elsewhere);
    },
  };
}

/** What only a start may load. */
export const LATER = /\/warren\/(running|demo-styles|client|worker|warren)\b|\.wasm/;

export interface Opened {
  page: Page;
  /** Names of the package's files that were asked for, in order. */
  files: string[];
}

/** A fresh page at an address, with a list of what it loads of the package. */
export function opener(at: Site) {
  return async (t: TestContext, address: string, options: PageOptions = {}): Promise<Opened> => {
    const page = await at.page(t, { path: 'about:blank', acceptDownloads: true, ...options });
    const files: string[] = [];
    page.on('request', (r) => {
      const [, name] = /\/warren\/(.+)$/.exec(new URL(r.url()).pathname) ?? [];
      if (name !== undefined) files.push(name);
    });
    await page.goto(address);
    return { page, files };
  };
}

/**
 * Gives an element each of these attributes a value that cannot be used, which it has to name and not to start with;
 * then the good one, with which all is well again.
 */
export async function namesWrongAttributes(
  demo: Locator,
  start: Locator,
  cases: readonly (readonly [name: string, value: string, good: string])[],
): Promise<void> {
  const said = demo.getByRole('alert');
  for (const [name, value, good] of cases) {
    await demo.evaluate((e, [n = '', v = '']) => e.setAttribute(n, v), [name, value]);
    await said.filter({ hasText: `${name}="${value}"` }).waitFor();
    assert.equal(await start.count(), 0, 'it can be started all the same');
    await demo.evaluate((e, [n = '', v = '']) => e.setAttribute(n, v), [name, good]);
    await said.waitFor({ state: 'detached' });
  }
}
