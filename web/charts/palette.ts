// Colours for charts, resolved from the style sheet so that light and dark follow the page.

export const SERIES = 7;

/** Colours resolved since the theme last changed: each look-up costs the page a style recalculation. */
const resolved = new Map<string, string>();

/** The resolved value of a custom property that holds a colour. */
export function colour(name: string): string {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  probe.hidden = true;
  document.documentElement.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  resolved.set(name, value);
  return value;
}

/** Name of the `n`-th series' colour, from 0; after the last they repeat. */
export function seriesName(n: number): string {
  return `--series-${(n % SERIES) + 1}`;
}

/** Seven stops of viridis, which stays ordered for every kind of colour vision and in grey. */
const RAMP = ['#440154', '#443983', '#31688e', '#21918c', '#35b779', '#90d743', '#fde725'] as const;
/** Viridis' ends vanish on black and on white; each theme leaves one out. */
const LIGHT: readonly string[] = RAMP.slice(0, 6);
const DARK: readonly string[] = RAMP.slice(1);

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

/** `steps` colours from low to high. */
export function ramp(steps: number): string[] {
  const stops = isDark() ? DARK : LIGHT;
  return Array.from({ length: steps }, (_, i) => {
    const at = (i / Math.max(1, steps - 1)) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    return mix(stops[low] ?? '#000000', stops[low + 1] ?? '#000000', at - low);
  });
}

function mix(a: string, b: string, share: number): string {
  const part = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  const channel = (at: number) => Math.round(part(a, at) + share * (part(b, at) - part(a, at)));
  return `rgb(${channel(1)}, ${channel(3)}, ${channel(5)})`;
}

export function rampCss(): string {
  return `linear-gradient(to right, ${ramp(6).join(', ')})`;
}

/** Calls back when the theme changes, by the system or by the page's own button. */
export function onTheme(callback: () => void): () => void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  query.addEventListener('change', callback);
  return () => {
    observer.disconnect();
    query.removeEventListener('change', callback);
  };
}

// Listens before any chart does, so that they all resolve anew.
onTheme(() => resolved.clear());
