/** A static host as others run them: it sends files, and no special headers unless told to. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const TYPES: Record<string, string> = {
  css: 'text/css',
  csv: 'text/csv',
  html: 'text/html',
  js: 'text/javascript',
  wasm: 'application/wasm',
};

export interface PlainHost {
  /** Address of the page, which lies in a folder of its host. */
  readonly url: string;
}

export interface HostOptions {
  /** Files besides dist/ or in the place of its own, by their paths. */
  files?: Record<string, string>;
  headers?: Record<string, string>;
  /** What to send for a file of dist/; `null` breaks the connection. */
  alter?: (path: string, body: Buffer) => Buffer | string | null;
}

/** Serves dist/ under `/warren/` around all tests of the file that calls this. */
export function plainHost({ files = {}, headers = {}, alter }: HostOptions = {}): PlainHost {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname.replace(/\/$/, '/index.html');
    const own = path.startsWith('/warren/') && !path.includes('..');
    const type = TYPES[path.split('.').pop() ?? ''] ?? 'application/octet-stream';
    let body: Buffer | string | null | undefined = files[path];
    if (body === undefined && own) {
      const read = await readFile(DIST + path.slice('/warren/'.length)).catch(() => undefined);
      body = read && alter ? alter(path, read) : read;
    }
    if (body === null) request.destroy();
    else if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type, ...headers }).end(body);
  });
  before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  after(() => server.close());
  return {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/warren/`;
    },
  };
}
