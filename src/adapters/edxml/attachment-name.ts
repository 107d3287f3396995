const LENGTH_MAX = 255;
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029/\\]|^[A-Za-z]:/;
const UNUSUAL = /[<>:"|?*]|[ .]$|^ |^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i;

/**
 * What becomes of a file name that came with a package. `refused`: no program may use it as a file name (path separators, `..`, control
 * characters, characters that turn the reading direction around, over 255 characters, empty). `unusual`: some systems can't store it.
 */
export function judgeName(name: string): 'good' | 'unusual' | 'refused' {
  const bare = name.trim();
  if (bare === '' || bare === '.' || bare === '..' || name.length > LENGTH_MAX || UNSAFE.test(name)) return 'refused';
  return UNUSUAL.test(name) || Buffer.byteLength(name) > LENGTH_MAX ? 'unusual' : 'good';
}

/** A name as it may be shown: characters that can't be seen or mislead are written as `\u{…}`. */
export function visibleName(name: string): string {
  return name.replace(/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => {
    return `\\u{${character.charCodeAt(0).toString(16)}}`;
  });
}
