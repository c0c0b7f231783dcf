// What is there before anything is loaded: a picture, a title, a button. Plain DOM, drawn without the engine.

export interface Words {
  title: string;
  text: string;
  picture: SVGElement;
}

const NS = 'http://www.w3.org/2000/svg';

export function make(name: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

function text(name: string, content: string, className = ''): HTMLElement {
  const element = document.createElement(name);
  element.textContent = content;
  if (className) element.className = className;
  return element;
}

/** The figure; `onStart` is what its button does. */
export function poster({ title, text: about, picture }: Words, onStart: () => void): HTMLElement {
  const figure = text('figure', '', 'poster');
  const caption = text('figcaption', '');
  const button = text('button', 'Start', 'start') as HTMLButtonElement;
  button.type = 'button';
  button.addEventListener('click', onStart);
  const words = text('div', '');
  words.append(
    text('strong', title),
    text('span', about),
    text('small', 'Loads and computes in your browser when started; nothing before.'),
  );
  caption.append(words, button);
  figure.append(picture, caption);
  return figure;
}

/** A message in the place of the picture, for instance about an attribute that cannot be used. */
export function message(lines: readonly string[], again: (() => void) | null): HTMLElement {
  const box = text('div', '', 'message');
  box.setAttribute('role', 'alert');
  box.append(text('strong', 'This demo could not be started'));
  for (const each of lines) box.append(text('p', each));
  if (again) {
    const button = text('button', 'Try again', 'start') as HTMLButtonElement;
    button.type = 'button';
    button.addEventListener('click', again);
    box.append(button);
  }
  return box;
}
