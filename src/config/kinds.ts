import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { type Kind, type Reading, Secret } from './setting.ts';

/** Text of a given form; the two phrases say which. */
export function text(type: string, form: RegExp, en: string, vi: string): Kind<string> {
  return { type, read: (given) => (form.test(given) ? { value: given } : { en: `${en}: ${quoted(given)}`, vi }) };
}

/** One of a few words. */
export function oneOf<const W extends string>(...words: readonly W[]): Kind<W> {
  return {
    type: words.join('|'),
    read: (given) => {
      const value = words.find((word) => word === given);
      if (value !== undefined) return { value };
      return { en: `must be one of ${words.join(', ')}: ${quoted(given)}`, vi: `phải là một trong các từ: ${words.join(', ')}` };
    },
  };
}

/** A whole number between two bounds. */
export function whole(least: number, most: number): Kind<number> {
  return {
    type: 'number',
    read: (given) => {
      const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
      return value >= least && value <= most ? { value } : outside(given, 'a whole number', 'số nguyên', least, most);
    },
  };
}

/** Seconds, fractions allowed. */
export function seconds(least: number, most: number): Kind<number> {
  return {
    type: 'seconds',
    read: (given) => {
      const value = /^\d{1,9}(\.\d{1,3})?$/.test(given) ? Number(given) : Number.NaN;
      return value >= least && value <= most ? { value } : outside(given, 'seconds', 'số giây', least, most);
    },
  };
}

/** Spans of a day as minutes from midnight: `07:30-11:30, 13:00-17:00`, in order and apart. */
export const daySpans: Kind<readonly (readonly [number, number])[]> = {
  type: 'hours',
  read: (given) => {
    const spans = given.split(',').map((span) => /^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/.exec(span.trim()));
    const value = spans.map((span) => [minutesIn(span, 1), minutesIn(span, 3)] as const);
    const rising = value.flat().every((minute, at, all) => minute > (all[at - 1] ?? -1) && minute <= 1440);
    if (rising) return { value };
    return {
      en: `must be spans like 07:30-11:30, 13:00-17:00: ${quoted(given)}`,
      vi: 'phải là các khoảng giờ dạng 07:30-11:30, 13:00-17:00',
    };
  },
};

function minutesIn(span: RegExpExecArray | null, at: number): number {
  return Number(span?.[at]) * 60 + Number(span?.[at + 1]);
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** A number of bytes: `500000`, `4 MiB`, `2GiB`. */
export function bytes(least: number): Kind<number> {
  return {
    type: 'bytes',
    read: (given) => {
      const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,3})?)\s*([a-z]*)$/i.exec(given) ?? [];
      const value = Math.round(Number(amount) * (units[unit?.toLowerCase() ?? ''] ?? Number.NaN));
      if (value >= least && Number.isSafeInteger(value)) return { value };
      return {
        en: `must be a number of bytes of at least ${least}, as 500000, 4 MiB or 2 GiB: ${quoted(given)}`,
        vi: `phải là số byte, ít nhất ${least}, ví dụ 500000, 4 MiB, 2 GiB`,
      };
    },
  };
}

/** A list separated by commas, each entry read by another kind. */
export function listOf<T>(entry: Kind<T>): Kind<readonly T[]> {
  return {
    type: `list of ${entry.type}`,
    read: (given) => {
      const read = given.split(',').flatMap((part) => (part.trim() === '' ? [] : [entry.read(part.trim())]));
      const wrong = read.find((one) => 'en' in one);
      return wrong ?? { value: read.flatMap((one) => ('value' in one ? [one.value] : [])) };
    },
  };
}

/** A range of addresses as CIDR; a single address stands for itself alone. */
export const addressRange: Kind<string> = {
  type: 'CIDR',
  read: (given) => {
    const [address = '', length, ...rest] = given.split('/');
    const most = { 4: 32, 6: 128 }[isIP(address)];
    const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
    if (most !== undefined && bits !== undefined && bits <= most && rest.length === 0) return { value: `${address}/${bits}` };
    return {
      en: `must be addresses or ranges like 10.1.0.0/16 or fd00::/8: ${quoted(given)}`,
      vi: 'phải là địa chỉ hoặc dải địa chỉ dạng 10.1.0.0/16 hoặc fd00::/8',
    };
  },
};

/** A folder, made when it is needed; the value is absolute. */
export const folder: Kind<string> = {
  type: 'folder',
  read: (given) => {
    const value = resolve(given);
    const found = statSync(value, { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory()) return { value };
    return { en: `is not a folder: ${quoted(given)}`, vi: 'không phải là thư mục' };
  },
};

/** A file that can be read; the value is its absolute path. */
export const file: Kind<string> = {
  type: 'file',
  read: (given) => {
    const value = resolve(given);
    try {
      accessSync(value, constants.R_OK);
      if (statSync(value).isFile()) return { value };
    } catch {
      // The answer below names the path, which is all an operator needs.
    }
    return { en: `is not a file that can be read: ${quoted(given)}`, vi: 'không phải là tệp đọc được' };
  },
};

/** A URL that carries a password. */
export function secretUrl(...protocols: readonly string[]): Kind<Secret> {
  return {
    type: 'URL',
    secret: true,
    read: (given) => {
      const protocol = /^([a-z]+):\/\//.exec(given)?.[1] ?? '';
      if (protocols.includes(protocol) && URL.canParse(given)) return { value: new Secret(given) };
      const forms = protocols.map((name) => `${name}://`).join(', ');
      return { en: `must be a URL that begins with ${forms} (not shown)`, vi: `phải là URL bắt đầu bằng ${forms} (không hiển thị)` };
    },
  };
}

/** A text that must not be printed. */
export const secretText: Kind<Secret> = {
  type: 'text',
  secret: true,
  read: (given) => ({ value: new Secret(given) }),
};

/** JSON of a given shape, turned into the value that is used. */
export function json<S, T>(shape: z.ZodType<S>, use: (given: S) => T): Kind<T> {
  return {
    type: 'JSON',
    read: (given): Reading<T> => {
      const parsed = parseJson(given);
      if (parsed === undefined) return { en: 'is not JSON', vi: 'không phải là JSON hợp lệ' };
      const checked = shape.safeParse(parsed.value);
      if (checked.success) return { value: use(checked.data) };
      const issues = checked.error.issues.map((issue) => `${issue.path.join('.') || '(all)'}: ${issue.message}`);
      return { en: `does not have the right shape: ${issues.join('; ')}`, vi: 'JSON không đúng cấu trúc' };
    },
  };
}

function parseJson(given: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(given) };
  } catch {
    return undefined;
  }
}

function outside(given: string, en: string, vi: string, least: number, most: number): Reading<never> {
  return { en: `must be ${en} from ${least} to ${most}: ${quoted(given)}`, vi: `phải là ${vi} từ ${least} đến ${most}` };
}

function quoted(given: string): string {
  return JSON.stringify(given.length > 100 ? `${given.slice(0, 100)}…` : given);
}
