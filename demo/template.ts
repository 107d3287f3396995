/** What a template is filled with: texts by name, and lists for the parts that are repeated. */
export interface Values {
  readonly [name: string]: string | readonly Readonly<Record<string, string>>[];
}

/** A text that was filled in, with gaps: before each piece but the first belong the bytes of a file, in the order of `gaps`. */
export interface Filled {
  readonly pieces: readonly string[];
  readonly gaps: readonly string[];
}

/**
 * Fills a template: `{{name}}` is a text, `{{#list}}…{{/list}}` is repeated for each entry, and `{{bytes}}` in it is a gap, named by
 * the entry's `id`, because what goes there is too large for a text. Texts are escaped. Throws when a name has no value.
 */
export function fill(template: string, values: Values): Filled {
  const gaps: string[] = [];
  const flat = template.replace(/\{\{#(\w+)\}\}(.*?)\{\{\/\1\}\}/gs, (_, list: string, part: string) => {
    const entries = values[list];
    if (!Array.isArray(entries)) throw new Error(`the template repeats ${list}, which is no list`);
    return entries.map((entry: Readonly<Record<string, string>>) => texts(part, entry, gaps)).join('');
  });
  return { pieces: texts(flat, values, gaps).split(gap), gaps };
}

/** Stands for a gap while texts are filled in; XML can't hold it. */
const gap = '\u0000';

function texts(part: string, values: Values, gaps: string[]): string {
  return part.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    if (name === 'bytes') {
      gaps.push(String(values['id']));
      return gap;
    }
    const value = values[name];
    if (typeof value !== 'string') throw new Error(`the template needs a text for ${name}`);
    return value.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '');
  });
}
