// From what the sweep's form holds to the grid that the engine reads. Whether values are allowed is for the
// engine to say: it names key, value and combination.

import type { Catalog, Method, Param, RunConfig, SweepGrid } from './engine/types.js';
import { CHOSEN, methodsOf } from './state.js';

/** One parameter of a sweep, with its values as typed. */
export interface Axis {
  key: string;
  values: string;
}

function sections(catalog: Catalog): [string, readonly Method[], boolean][] {
  return [
    ...CHOSEN.map((n): [string, readonly Method[], boolean] => [n, methodsOf(catalog, n), true]),
    ['train', [catalog.train], false],
    ['evaluate', [catalog.evaluate], false],
    ['data', [catalog.data], false],
  ];
}

/** Everything that can be varied, as `section.name`. */
export function keysOf(catalog: Catalog): string[] {
  return sections(catalog).flatMap(([section, methods, chosen]) => {
    const names = methods.flatMap((m) => m.params.map((p) => p.name));
    return [...(chosen ? ['name'] : []), ...new Set(names)].map((name) => `${section}.${name}`);
  });
}

/** The first parameter of this key that a method of its section has; `null` for the methods' names. */
function paramOf(catalog: Catalog, key: string): Param | null {
  const [section, name] = [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)];
  const methods = sections(catalog).find(([own]) => own === section)?.[1] ?? [];
  return methods.flatMap((m) => m.params).find((p) => p.name === name) ?? null;
}

/** Values to start from: all names, both switches, a default. */
export function suggestion(catalog: Catalog, key: string): string {
  const param = paramOf(catalog, key);
  if (!param) {
    const section = key.slice(0, key.indexOf('.'));
    const methods = sections(catalog).find(([own]) => own === section)?.[1] ?? [];
    return methods.map((m) => m.name).join(', ');
  }
  if (param.type === 'choice') return param.options.join(', ');
  return param.type === 'bool' ? 'true, false' : String(param.default);
}

function items(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function valuesOf(param: Param | null, text: string): (number | string | boolean)[] {
  switch (param?.type) {
    case 'float':
    case 'int':
      return items(text, ',').map((item) => (Number.isNaN(Number(item)) ? item : Number(item)));
    case 'bool':
      return items(text, ',').map((item) =>
        item === 'true' ? true : item === 'false' ? false : item,
      );
    case 'text':
      return items(text, ';');
    default:
      return items(text, ',');
  }
}

/** The grid; what cannot be read stays as it was typed, for the engine's message. */
export function gridOf(
  catalog: Catalog,
  base: Omit<RunConfig, 'seed'>,
  axes: readonly Axis[],
  seeds: string,
  metrics: string,
): SweepGrid {
  const named = items(metrics, ',');
  return {
    base,
    grid: Object.fromEntries(axes.map((a) => [a.key, valuesOf(paramOf(catalog, a.key), a.values)])),
    seeds: items(seeds, ',').map((s) => (Number.isNaN(Number(s)) ? s : Number(s))) as number[],
    skip_unknown: true,
    ...(named.length > 0 ? { metrics: named } : {}),
  };
}
