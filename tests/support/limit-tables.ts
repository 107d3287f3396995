import { ZIP_LIMITS } from '../../src/adapters/edxml/attachment.ts';
import { defaultLimits } from '../../src/adapters/edxml/limits.ts';
import { defaultServer } from '../../src/adapters/rest/server.ts';
import { settingRows } from '../../src/config.ts';

type Rows = readonly (readonly [what: string, limit: string | number])[];

/** The limits that are no settings, as docs/security.md shows them. */
export function limitTable(): string {
  const { depth, attributes, elements, tagBytes, nameBytes, namespaces, pieces, problems } = defaultLimits;
  const markup: Rows = [
    ['levels of elements', depth],
    ['elements', elements],
    ['attributes and namespace declarations of an element', attributes],
    ['bytes of a start tag', tagBytes],
    ['bytes of the name of an element', nameBytes],
    ['namespace declarations in force at one place', namespaces],
    ['comments and CDATA sections between two tags', pieces],
    ['problems told of one package', problems],
    ['unpacked bytes of a ZIP', ZIP_LIMITS.fileBytes],
    ['unpacked to packed bytes of a ZIP, above 1 MiB', ZIP_LIMITS.ratio],
  ];
  const { headersSeconds, keepAliveSeconds, silentSeconds, refusedBodySeconds, connections } = defaultServer;
  const http: Rows = [
    ['seconds for the headers of a request', headersSeconds],
    ['seconds that an idle connection is kept', keepAliveSeconds],
    ['seconds without a byte in either direction', silentSeconds],
    ['seconds for the rest of a refused body', refusedBodySeconds],
    ['open connections', connections],
  ];
  return table(['Limit', 'Value'], [...markup, ...http]);
}

/** The settings that bound something: bytes, seconds, numbers. */
export function settingTable(): string {
  const bounding = settingRows({}).filter(({ name }) => /BYTES|SECONDS|UPLOADS|CONCURRENCY|CONNECTIONS|ALLOW|_RATE|FAILURES/.test(name));
  return table(
    ['Setting', 'Default', 'Meaning'],
    bounding.map((row) => [`\`${row.name}\``, row.default ?? '', row.description]),
  );
}

function table(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |\n`;
  return line(titles) + line(titles.map(() => '---')) + rows.map(line).join('');
}
