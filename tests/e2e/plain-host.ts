/** A static host as others run them: it sends files and no special headers. */
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

/** Serves dist/ under `/warren/`, and `others` by their paths, around all tests of the file that calls this. */
export function plainHost(others: Record<string, string> = {}, headers = {}): PlainHost {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname.replace(/\/$/, '/index.html');
    const own = path.startsWith('/warren/') && !path.includes('..');
    try {
      const body = others[path] ?? (own ? await readFile(DIST + path.slice(8)) : null);
      if (body === null) throw new Error('not found');
      const type = TYPES[path.split('.').pop() ?? ''] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  after(() => server.close());
  return {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/warren/`;
    },
  };
}
