import type { Attack } from './attack.ts';
import { bounds } from './judge.ts';
import { transports } from './transports.ts';

const titles: Readonly<Record<string, string>> = {
  C00: 'Controls: what must be accepted',
  S01: 'Wrapping: the signed package inside an evil one',
  S02: 'Wrapping: the Signature moved, the signed content kept elsewhere',
  S03: 'Wrapping: the root that is named stands elsewhere',
  S04: 'Wrapping: one Id twice',
  S05: 'Wrapping: the signed content inside the Signature',
  S06: 'Wrapping: the Signature in another place',
  S07: 'Wrapping: copies beside what is signed',
  S08: 'Wrapping: extensions and SOAP',
  S09: 'False digests',
  S10: 'Ids, and injection through them',
  S11: 'More than one SignedInfo',
  S12: 'Comments, CDATA, instructions inside what is read',
  S13: 'HMAC cut short',
  S14: 'Algorithms and values',
  S15: 'Keys that come with the package',
  S16: 'References',
  S17: 'Transforms',
  S18: 'Empty canonical forms, namespaces, attributes',
  S19: 'Encodings and broken XML',
  S20: 'Changed after signing',
  S21: 'In the name of somebody else',
  S22: 'Certificates and their paths',
  S23: 'What is stapled about revocation',
  S24: 'The same again',
  X01: 'External entities, DTD, XInclude, schema locations',
  X02: 'Size and structure',
  X03: 'Patterns',
  C01: 'ZIP',
  C02: 'Base64',
  L01: 'The lift: tokens and look-alikes',
  L02: 'The lift: long texts in wrong places',
  L03: 'The lift: sizes at its edges, and texts in pieces (harmless)',
  M01: 'Multipart',
  M02: 'Names of attachments',
  H01: 'HTTP',
  H02: 'Addresses in certificates',
  H03: 'Texts made for screens',
  H04: 'What belongs to others',
  T01: 'Logins',
  Q01: 'Dates',
};

/** The table of docs/attacks.md: every attack with the answer it must get, which is the one it gets or the command fails. */
export function report(attacks: readonly Attack[]): string {
  const rows = [...new Set(attacks.map(({ id }) => id))].sort();
  const mutants = attacks.filter(({ kind }) => kind === 'mutant').length;
  const requests = mutants * transports.length + attacks.length - mutants;
  const sent = `${mutants} packages, each over ${transports.map(({ name }) => name).join(', ')}, and ${attacks.length - mutants} other requests: ${requests} in all.`;
  const held = `Each took at most ${bounds.processorSeconds} s of the gateway's processor time and ${bounds.megabytes} MB of memory.`;
  return [
    `${sent} ${held}\n`,
    ...rows.map((id) =>
      section(
        id,
        attacks.filter((attack) => attack.id === id),
      ),
    ),
  ].join('\n');
}

function section(id: string, attacks: readonly Attack[]): string {
  const lines = attacks.map((attack) => `| ${cell(attack.sentence)} | \`${attack.expected}\` | ${oracleOf(attack)} |`);
  return `### ${id} ${titles[id] ?? ''}\n\n| What is done | Answer | xmlsec1 |\n|---|---|---|\n${lines.join('\n')}\n`;
}

function oracleOf(attack: Attack): string {
  if (attack.kind === 'scene' || attack.oracle === undefined) return '';
  return typeof attack.oracle === 'string' ? attack.oracle : `accepts: ${attack.oracle.accepts}`;
}

/** Nothing that Markdown, HTML or a terminal would act on. */
function cell(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return visible.replace(/[&<>|]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const begin = '<!-- attacks: npm run attacks -->';
const end = '<!-- end of attacks -->';

/** The page with its table written anew. */
export function withReport(page: string, attacks: readonly Attack[]): string {
  const from = page.indexOf(begin) + begin.length;
  return `${page.slice(0, from)}\n\n${report(attacks)}\n${page.slice(page.indexOf(end))}`;
}
