import type { ErrorCode, ErrorData } from './types.js';

/**
 * What every rejected call of the engine rejects with.
 *
 * `message` says what is wrong and where; the fields repeat its parts for programs. A cancelled call has
 * `code` `"cancelled"` and, as `fetch` does it, `name` `"AbortError"`.
 *
 * @example
 * ```ts
 * try {
 *   await warren.load(file);
 * } catch (e) {
 *   if (e instanceof WarrenError && e.code === "bad-value") console.log(`line ${e.line}: ${e.detail}`);
 * }
 * ```
 */
export class WarrenError extends Error {
  /** What kind of thing went wrong. */
  readonly code: ErrorCode;
  /** What is wrong, without the place. */
  readonly detail: string;
  /** File (or archive entry) in which it was found. */
  readonly file?: string;
  /** Line of the file, from 1. */
  readonly line?: number;
  /** Column of the file: its name, or its number from 1. */
  readonly column?: string;
  /** Dotted key of the configuration, e.g. `optimizer.learning_rate`. */
  readonly key?: string;
  /** The offending value as text. */
  readonly value?: string;

  constructor(data: Pick<ErrorData, 'code' | 'message'> & Partial<ErrorData>) {
    super(data.message);
    this.name = data.code === 'cancelled' ? 'AbortError' : 'WarrenError';
    this.code = data.code;
    this.detail = data.detail ?? data.message;
    if (data.file !== undefined) this.file = data.file;
    if (data.line !== undefined) this.line = data.line;
    if (data.column !== undefined) this.column = data.column;
    if (data.key !== undefined) this.key = data.key;
    if (data.value !== undefined) this.value = data.value;
  }

  /** The error of work that its caller stopped. */
  static cancelled(): WarrenError {
    return new WarrenError({ code: 'cancelled', message: 'cancelled' });
  }

  /** The error of an engine that has broken down or was closed. */
  static failed(message: string): WarrenError {
    return new WarrenError({ code: 'engine-failed', message });
  }
}
