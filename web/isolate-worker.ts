// A service worker that does one thing: it adds the headers of cross-origin isolation to the app page and to the
// scripts of its workers. It keeps nothing, and answers for nothing else: not for data from elsewhere, nor for
// other pages in the same folder, which the headers could break.

/** What of a service worker's global scope is used here; the page's type library describes a window. */
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate' | 'fetch', listener: (event: Event) => void): void;
}
interface WaitEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const scope = self as unknown as Scope;

scope.addEventListener('install', (e) => (e as WaitEvent).waitUntil(scope.skipWaiting()));
scope.addEventListener('activate', (e) => (e as WaitEvent).waitUntil(scope.clients.claim()));
scope.addEventListener('fetch', (e) => {
  const { request, respondWith } = e as FetchEvent;
  if (isOurs(request)) respondWith.call(e, isolated(request));
});

function isOurs(request: Request): boolean {
  if (request.destination === 'worker') return request.url.startsWith(scope.registration.scope);
  if (request.mode !== 'navigate') return false;
  const url = new URL(request.url);
  const page = url.href.slice(0, url.href.length - url.search.length - url.hash.length);
  const app = [scope.registration.scope, `${scope.registration.scope}index.html`];
  return app.includes(page) && !url.searchParams.has('embed');
}

async function isolated(request: Request): Promise<Response> {
  const answer = await fetch(request);
  // An opaque answer (a redirect to elsewhere) has no headers that could be changed.
  if (answer.status === 0) return answer;
  const headers = new Headers(answer.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  // Data from other hosts are fetched by CORS, which this lets through in every browser; `credentialless` would
  // differ only for pictures and scripts from elsewhere, of which the page has none.
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const { status, statusText } = answer;
  return new Response(answer.body, { status, statusText, headers });
}
