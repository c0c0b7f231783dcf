// Threads need a cross-origin isolated page, which takes two headers. Where the host does not send them, a small
// service worker (isolate-worker.ts) adds them to the page's own answers, after one reload.

import { lacking, severalCores, THREADS_MODULE, type ThreadsOption } from './engine/threads.js';

/** Where this tab keeps that it has tried, and what came of it: there is one try, and so one reload at most. */
const TRIED = 'warren-isolation-tried';
const NO_HELP =
  'The host sends no headers for isolation, and adding them by a service worker did not help.';

/** A service worker that does not come must not hold up the page. */
const LIMIT_MS = 4000;

/**
 * Isolates the page if threads are wanted and nothing but the headers is missing: then the page reloads, once,
 * and this does not return. Otherwise returns why the page is not isolated, or `null` if that does not matter.
 */
export async function isolate(threads: ThreadsOption): Promise<string | null> {
  const wanted = threads !== false && threads !== 0 && (threads !== 'auto' || severalCores());
  if (!wanted || THREADS_MODULE === null || lacking() !== null) return null;
  if (crossOriginIsolated) {
    remember(null);
    return null;
  }
  if (window.top !== window)
    return 'The page is in a frame, which only the outer page could isolate.';
  if (!isSecureContext) return 'Isolation needs an address with https (or localhost).';
  try {
    const before = sessionStorage.getItem(TRIED);
    if (before !== null) return before;
    sessionStorage.setItem(TRIED, NO_HELP);
    await inTime(controlled());
  } catch (e) {
    const why = `The host sends no headers for isolation, and a service worker could not help: ${text(e)}.`;
    remember(why);
    return why;
  }
  location.reload();
  return new Promise(() => {});
}

/** Registers the service worker and waits until it answers for this page. */
async function controlled(): Promise<void> {
  if (!('serviceWorker' in navigator)) throw new Error('this browser allows none here');
  const container = navigator.serviceWorker;
  const change = new Promise((resolve) =>
    container.addEventListener('controllerchange', resolve, { once: true }),
  );
  // Relative to the page: it answers for this folder and what is in it, nothing beside.
  await container.register('./isolate.js', { scope: './' });
  await container.ready;
  // After a reload that bypasses service workers nothing changes: it is active, and the next reload meets it.
  if (!container.controller) await Promise.race([change, pause(1000)]);
}

function inTime<T>(work: Promise<T>): Promise<T> {
  const late = pause(LIMIT_MS).then(() => {
    throw new Error(`it did not start within ${LIMIT_MS / 1000} s`);
  });
  return Promise.race([work, late]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Keeps what came of the try, or forgets it so that another visit in this tab may try again. */
function remember(outcome: string | null): void {
  try {
    if (outcome === null) sessionStorage.removeItem(TRIED);
    else sessionStorage.setItem(TRIED, outcome);
  } catch {
    // No storage, and so no try.
  }
}

function text(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}
