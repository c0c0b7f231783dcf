// Handing files to the user.

export function download(content: Blob | string, name: string, type = 'text/csv'): void {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content;
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read the blob only after the click's task has ended.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A file name of letters, digits, dots and hyphens. */
export function fileName(...parts: (string | number)[]): string {
  return parts
    .join('-')
    .replaceAll(/[^\p{L}\p{N}.]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 80);
}
