import { fromBER } from 'asn1js';
import { RelativeDistinguishedNames } from 'pkijs';

const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
};

/** A name (hex of its DER) as operators read it: `CN=…, O=…`; the hex itself when it can't be read. */
export function readableName(name: string): string {
  const schema = fromBER(Buffer.from(name, 'hex')).result;
  try {
    const { typesAndValues } = new RelativeDistinguishedNames({ schema });
    return typesAndValues.map(({ type, value }) => `${shortNames[type] ?? type}=${String(value.valueBlock.value)}`).join(', ');
  } catch {
    return name;
  }
}
