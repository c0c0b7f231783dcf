// The page's style sheets for a shadow tree. Adopted sheets need no `style-src` of the host's policy.

/** The element around everything in the shadow tree; tokens are set on it. */
export const ROOT = 'warren';

const REM = 16;

/**
 * A style sheet that means the same whatever the host does to its root element: sizes in pixels, and the
 * root's rules for our own.
 */
export function sheet(...texts: string[]): CSSStyleSheet {
  const own = texts
    .join('\n')
    .replaceAll(':root', `.${ROOT}`)
    .replaceAll(/(\d*\.?\d+)rem\b/g, (_, size) => `${Number(size) * REM}px`);
  const made = new CSSStyleSheet();
  made.replaceSync(own);
  return made;
}
