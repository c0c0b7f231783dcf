// Light or dark as the page around is: by the ground on which the element stands.

/** Calls back with the host's theme now and whenever it may have changed; returns the end of it. */
export function followHost(element: Element, apply: (theme: 'light' | 'dark') => void): () => void {
  const look = () => apply(isDark(element) ? 'dark' : 'light');
  const query = matchMedia('(prefers-color-scheme: dark)');
  // Documentation tools switch by a class or an attribute of one of these.
  const observer = new MutationObserver(look);
  for (const root of [document.documentElement, document.body])
    observer.observe(root, { attributes: true });
  query.addEventListener('change', look);
  // A change that is faded in is only half there when its attribute has changed.
  document.addEventListener('transitionend', look);
  look();
  return () => {
    observer.disconnect();
    query.removeEventListener('change', look);
    document.removeEventListener('transitionend', look);
  };
}

/** The first ground that is not transparent decides; where there is none, the page's colour scheme. */
function isDark(element: Element): boolean {
  for (let at: Element | null = element; at; at = parentOf(at)) {
    const ground = luminance(getComputedStyle(at).backgroundColor);
    if (ground !== null) return ground < 0.4;
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme.split(' ');
  const system = matchMedia('(prefers-color-scheme: dark)').matches;
  return scheme.includes('dark') && (system || !scheme.includes('light'));
}

/** Across the borders of shadow trees as well. */
function parentOf(element: Element): Element | null {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

/** Roughly how light a computed colour is, from 0 to 1; `null` for a transparent one. */
function luminance(colour: string): number | null {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
  return alpha < 128 ? null : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
