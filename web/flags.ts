// The address's query: `?embed`, `hide=`, `data=`, `threads=`. They say how the page is shown and computes, not
// what it computes.

import { MOST_THREADS, type ThreadsOption } from './engine/threads.js';

/** Parts of the page that `hide=` can name; each carries the name in `data-part`. */
export const PARTS = ['header', 'tabs', 'status', 'controls', 'intro', 'footer'] as const;

export interface Flags {
  embed: boolean;
  hide: string[];
  /** Address of data to fetch at once. */
  data: string | null;
  /** `threads=0` for the reference bits of the baseline, a number, or as many as are of use. */
  threads: ThreadsOption;
  problems: string[];
}

export function readFlags(search: string): Flags {
  const query = new URLSearchParams(search);
  const named = (query.get('hide') ?? '')
    .split(',')
    .map((p) => p.trim())
    .filter(Boolean);
  const embed = query.has('embed');
  const asked = query.get('threads');
  const number =
    asked !== null && /^\d+$/.test(asked) && Number(asked) <= MOST_THREADS ? Number(asked) : null;
  const known = (part: string) => (PARTS as readonly string[]).includes(part);
  return {
    embed,
    hide: named.filter(known),
    data: query.get('data'),
    // A page in another one takes no more than one core of it, unless it is told to.
    threads: number ?? (embed ? false : 'auto'),
    problems: [
      ...named
        .filter((p) => !known(p))
        .map((p) => `hide: “${p}” is not one of ${PARTS.join(', ')}.`),
      ...(asked !== null && number === null
        ? [`threads: “${asked}” is not a whole number from 0 to ${MOST_THREADS}.`]
        : []),
    ],
  };
}

/** Hides the parts named; `embed` hides what a host page has itself. */
export function applyFlags({ embed, hide }: Flags): void {
  const parts = new Set([...hide, ...(embed ? ['intro', 'footer'] : [])]);
  document.documentElement.classList.toggle('embedded', embed);
  if (parts.size === 0) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    [...parts].map((p) => `[data-part="${p}"] { display: none !important; }`).join('\n'),
  );
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
