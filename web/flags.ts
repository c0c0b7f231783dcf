// The address's query: `?embed`, `hide=`, `data=`. They say how the page is shown, not what it computes.

/** Parts of the page that `hide=` can name; each carries the name in `data-part`. */
export const PARTS = ['header', 'tabs', 'status', 'controls', 'intro', 'footer'] as const;

export interface Flags {
  embed: boolean;
  hide: string[];
  /** Address of data to fetch at once. */
  data: string | null;
  problems: string[];
}

export function readFlags(search: string): Flags {
  const query = new URLSearchParams(search);
  const named = (query.get('hide') ?? '')
    .split(',')
    .map((p) => p.trim())
    .filter(Boolean);
  const known = (part: string) => (PARTS as readonly string[]).includes(part);
  return {
    embed: query.has('embed'),
    hide: named.filter(known),
    data: query.get('data'),
    problems: named
      .filter((p) => !known(p))
      .map((p) => `hide: “${p}” is not one of ${PARTS.join(', ')}.`),
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
