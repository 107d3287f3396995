import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readName, shownName } from '../../src/adapters/pki/path/names.ts';
import { subjectOf } from '../../src/adapters/pki/revocation/authority.ts';
import type { Code } from '../../src/routing/codes/index.ts';

/** NIST PKITS as Debian's python3-cryptography-vectors brings it. */
const folder = '/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data';

/** False where the package is not installed: the tests then say so and are skipped. */
export const hasPkits = existsSync(folder);

/** The DER of one certificate or CRL by the name of its file without the ending. */
export const pkitsCertificate = (name: string): Uint8Array => readFileSync(join(folder, 'certs', `${name}.crt`));
export const pkitsCrl = (name: string): Uint8Array => readFileSync(join(folder, 'crls', `${name}.crl`));

/** Every certificate of PKITS: the search for a path has to find its way among all of them. */
export function allPkitsCertificates(): Uint8Array[] {
  return readdirSync(join(folder, 'certs')).map((file) => readFileSync(join(folder, 'certs', file)));
}

/** Every CRL of PKITS. */
export function allPkitsCrls(): Uint8Array[] {
  return readdirSync(join(folder, 'crls')).map((file) => readFileSync(join(folder, 'crls', file)));
}

/**
 * One test: its number, the leaf, what PKITS expects, what path validation alone says (a code, or `valid`), and what the gateway says
 * under the policy hard-fail with every list of PKITS imported. `differs` says why we differ on purpose.
 */
export interface PkitsRow {
  readonly test: string;
  readonly leaf: string;
  readonly expected: 'valid' | 'invalid';
  readonly path: 'valid' | Code;
  readonly actual: 'valid' | Code;
  readonly differs?: string;
}

const row = (test: string, leaf: string, path: 'valid' | Code, more: Partial<PkitsRow> = {}): PkitsRow => ({
  test,
  leaf,
  path,
  actual: path,
  expected: path === 'valid' ? 'valid' : 'invalid',
  ...more,
});

/** Valid as a path, invalid because a list names a certificate of it. */
const revoked = (test: string, leaf: string) => row(test, leaf, 'valid', { expected: 'invalid', actual: 'CERTIFICATE_REVOKED' });

/** Valid as a path, invalid because no list that may be used speaks of a certificate of it. */
const unlisted = (test: string, leaf: string) => row(test, leaf, 'valid', { expected: 'invalid', actual: 'REVOCATION_UNKNOWN' });

/** Valid as a path, with a certificate whose list is signed with another key than its own. */
const otherKey = (test: string, leaf: string, expected: 'valid' | 'invalid' = 'valid') =>
  row(test, leaf, 'valid', {
    expected,
    actual: 'REVOCATION_UNKNOWN',
    ...(expected === 'valid' ? { differs: 'a list counts only when it is signed with the key that signed the certificate' } : {}),
  });

const dsa = 'signed with DSA, which is not accepted';

/** Sections 4.1 to 4.7, 4.13 and 4.16. */
export const pkitsRows: readonly PkitsRow[] = [
  row('4.1.1', 'ValidCertificatePathTest1EE', 'valid'),
  row('4.1.2', 'InvalidCASignatureTest2EE', 'CHAIN_SIGNATURE'),
  row('4.1.3', 'InvalidEESignatureTest3EE', 'CHAIN_SIGNATURE'),
  row('4.1.4', 'ValidDSASignaturesTest4EE', 'CHAIN_KEY_WEAK', { expected: 'valid', differs: dsa }),
  row('4.1.5', 'ValidDSAParameterInheritanceTest5EE', 'CHAIN_MALFORMED', { expected: 'valid', differs: dsa }),
  row('4.1.6', 'InvalidDSASignatureTest6EE', 'CHAIN_KEY_WEAK'),
  row('4.2.1', 'InvalidCAnotBeforeDateTest1EE', 'CHAIN_NOT_YET_VALID'),
  row('4.2.2', 'InvalidEEnotBeforeDateTest2EE', 'CHAIN_NOT_YET_VALID'),
  row('4.2.3', 'Validpre2000UTCnotBeforeDateTest3EE', 'valid'),
  row('4.2.4', 'ValidGeneralizedTimenotBeforeDateTest4EE', 'valid'),
  row('4.2.5', 'InvalidCAnotAfterDateTest5EE', 'CHAIN_EXPIRED'),
  row('4.2.6', 'InvalidEEnotAfterDateTest6EE', 'CHAIN_EXPIRED'),
  row('4.2.7', 'Invalidpre2000UTCEEnotAfterDateTest7EE', 'CHAIN_EXPIRED'),
  row('4.2.8', 'ValidGeneralizedTimenotAfterDateTest8EE', 'valid'),
  row('4.3.1', 'InvalidNameChainingTest1EE', 'CHAIN_NO_ANCHOR'),
  row('4.3.2', 'InvalidNameChainingOrderTest2EE', 'CHAIN_NO_ANCHOR'),
  row('4.3.3', 'ValidNameChainingWhitespaceTest3EE', 'valid'),
  row('4.3.4', 'ValidNameChainingWhitespaceTest4EE', 'valid'),
  row('4.3.5', 'ValidNameChainingCapitalizationTest5EE', 'valid'),
  row('4.3.6', 'ValidNameUIDsTest6EE', 'valid'),
  row('4.3.7', 'ValidRFC3280MandatoryAttributeTypesTest7EE', 'valid'),
  row('4.3.8', 'ValidRFC3280OptionalAttributeTypesTest8EE', 'valid'),
  row('4.3.9', 'ValidUTF8StringEncodedNamesTest9EE', 'valid'),
  row('4.3.10', 'ValidRolloverfromPrintableStringtoUTF8StringTest10EE', 'valid'),
  row('4.3.11', 'ValidUTF8StringCaseInsensitiveMatchTest11EE', 'valid'),
  unlisted('4.4.1', 'InvalidMissingCRLTest1EE'),
  revoked('4.4.2', 'InvalidRevokedCATest2EE'),
  revoked('4.4.3', 'InvalidRevokedEETest3EE'),
  unlisted('4.4.4', 'InvalidBadCRLSignatureTest4EE'),
  unlisted('4.4.5', 'InvalidBadCRLIssuerNameTest5EE'),
  unlisted('4.4.6', 'InvalidWrongCRLTest6EE'),
  row('4.4.7', 'ValidTwoCRLsTest7EE', 'valid'),
  unlisted('4.4.8', 'InvalidUnknownCRLEntryExtensionTest8EE'),
  unlisted('4.4.9', 'InvalidUnknownCRLExtensionTest9EE'),
  unlisted('4.4.10', 'InvalidUnknownCRLExtensionTest10EE'),
  unlisted('4.4.11', 'InvalidOldCRLnextUpdateTest11EE'),
  unlisted('4.4.12', 'Invalidpre2000CRLnextUpdateTest12EE'),
  row('4.4.13', 'ValidGeneralizedTimeCRLnextUpdateTest13EE', 'valid'),
  row('4.4.14', 'ValidNegativeSerialNumberTest14EE', 'valid'),
  revoked('4.4.15', 'InvalidNegativeSerialNumberTest15EE'),
  row('4.4.16', 'ValidLongSerialNumberTest16EE', 'valid'),
  row('4.4.17', 'ValidLongSerialNumberTest17EE', 'valid'),
  revoked('4.4.18', 'InvalidLongSerialNumberTest18EE'),
  otherKey('4.4.19', 'ValidSeparateCertificateandCRLKeysTest19EE'),
  otherKey('4.4.20', 'InvalidSeparateCertificateandCRLKeysTest20EE', 'invalid'),
  otherKey('4.4.21', 'InvalidSeparateCertificateandCRLKeysTest21EE', 'invalid'),
  otherKey('4.5.1', 'ValidBasicSelfIssuedOldWithNewTest1EE'),
  otherKey('4.5.2', 'InvalidBasicSelfIssuedOldWithNewTest2EE', 'invalid'),
  otherKey('4.5.3', 'ValidBasicSelfIssuedNewWithOldTest3EE'),
  otherKey('4.5.4', 'ValidBasicSelfIssuedNewWithOldTest4EE'),
  otherKey('4.5.5', 'InvalidBasicSelfIssuedNewWithOldTest5EE', 'invalid'),
  otherKey('4.5.6', 'ValidBasicSelfIssuedCRLSigningKeyTest6EE'),
  otherKey('4.5.7', 'InvalidBasicSelfIssuedCRLSigningKeyTest7EE', 'invalid'),
  row('4.5.8', 'InvalidBasicSelfIssuedCRLSigningKeyTest8EE', 'CHAIN_NOT_AN_AUTHORITY'),
  row('4.6.1', 'InvalidMissingbasicConstraintsTest1EE', 'CHAIN_NOT_AN_AUTHORITY'),
  row('4.6.2', 'InvalidcAFalseTest2EE', 'CHAIN_NOT_AN_AUTHORITY'),
  row('4.6.3', 'InvalidcAFalseTest3EE', 'CHAIN_NOT_AN_AUTHORITY'),
  row('4.6.4', 'ValidbasicConstraintsNotCriticalTest4EE', 'valid'),
  row('4.6.5', 'InvalidpathLenConstraintTest5EE', 'CHAIN_TOO_LONG'),
  row('4.6.6', 'InvalidpathLenConstraintTest6EE', 'CHAIN_TOO_LONG'),
  row('4.6.7', 'ValidpathLenConstraintTest7EE', 'valid'),
  row('4.6.8', 'ValidpathLenConstraintTest8EE', 'valid'),
  row('4.6.9', 'InvalidpathLenConstraintTest9EE', 'CHAIN_TOO_LONG'),
  row('4.6.10', 'InvalidpathLenConstraintTest10EE', 'CHAIN_TOO_LONG'),
  row('4.6.11', 'InvalidpathLenConstraintTest11EE', 'CHAIN_TOO_LONG'),
  row('4.6.12', 'InvalidpathLenConstraintTest12EE', 'CHAIN_TOO_LONG'),
  row('4.6.13', 'ValidpathLenConstraintTest13EE', 'valid'),
  row('4.6.14', 'ValidpathLenConstraintTest14EE', 'valid'),
  otherKey('4.6.15', 'ValidSelfIssuedpathLenConstraintTest15EE'),
  row('4.6.16', 'InvalidSelfIssuedpathLenConstraintTest16EE', 'CHAIN_TOO_LONG'),
  otherKey('4.6.17', 'ValidSelfIssuedpathLenConstraintTest17EE'),
  row('4.7.1', 'InvalidkeyUsageCriticalkeyCertSignFalseTest1EE', 'CHAIN_KEY_USAGE'),
  row('4.7.2', 'InvalidkeyUsageNotCriticalkeyCertSignFalseTest2EE', 'CHAIN_KEY_USAGE'),
  row('4.7.3', 'ValidkeyUsageNotCriticalTest3EE', 'valid'),
  unlisted('4.7.4', 'InvalidkeyUsageCriticalcRLSignFalseTest4EE'),
  unlisted('4.7.5', 'InvalidkeyUsageNotCriticalcRLSignFalseTest5EE'),
  ...nameConstraints(),
  row('4.16.1', 'ValidUnknownNotCriticalCertificateExtensionTest1EE', 'valid'),
  row('4.16.2', 'InvalidUnknownCriticalCertificateExtensionTest2EE', 'CHAIN_CRITICAL_EXTENSION'),
];

/** Section 4.13: the number says which kind of name, V or I what is expected. */
function nameConstraints(): PkitsRow[] {
  const kinds: readonly (readonly [string, number, string])[] = [
    ['DNnameConstraints', 1, 'VIIVVVIIIIVIIVIIIV'],
    ['DNnameConstraints', 19, 'VI'],
    ['RFC822nameConstraints', 21, 'VIVIVI'],
    ['DNandRFC822nameConstraints', 27, 'VII'],
    ['DNSnameConstraints', 30, 'VIVI'],
    ['URInameConstraints', 34, 'VIVI'],
    ['DNSnameConstraints', 38, 'I'],
  ];
  return kinds.flatMap(([kind, first, verdicts]) =>
    [...verdicts].map((verdict, i) => {
      const number = first + i;
      const leaf = `${verdict === 'V' ? 'Valid' : 'Invalid'}${kind}Test${number}EE`;
      if (number === 19) return otherKey('4.13.19', leaf);
      return row(`4.13.${number}`, leaf, verdict === 'V' ? 'valid' : 'CHAIN_NAME_CONSTRAINT');
    }),
  );
}

/** Every certificate of PKITS that a list may be signed with: those of authorities. */
export function allPkitsAuthorities(): { readonly der: Uint8Array; readonly commonName: string }[] {
  return allPkitsCertificates().flatMap((der) => {
    const { isAuthority, subject } = subjectOf(der);
    return isAuthority ? [{ der, commonName: shownName(readName(Buffer.from(subject, 'hex'))) }] : [];
  });
}

/** The verdicts of all tests, section by section, and every difference; as docs/trust.md shows them. */
export function pkitsTable(): string {
  const sections = new Map<string, PkitsRow[]>();
  for (const one of pkitsRows) {
    const section = one.test.replace(/\.\d+$/, '');
    sections.set(section, [...(sections.get(section) ?? []), one]);
  }
  const of = (rows: readonly PkitsRow[], wanted: (one: PkitsRow) => boolean) => String(rows.filter(wanted).length);
  const counts = [...sections].map(([section, rows]) => [
    section,
    String(rows.length),
    of(rows, (one) => one.differs === undefined && one.path === one.actual),
    of(rows, (one) => one.differs === undefined && one.path !== one.actual),
    of(rows, (one) => one.differs !== undefined),
  ]);
  const differences = pkitsRows
    .filter((one) => one.differs !== undefined)
    .map(({ test, leaf, expected, actual, differs = '' }) => [test, `\`${leaf}\``, expected, `\`${actual}\``, differs]);
  const all = pkitsRows.map(({ test, leaf, expected, actual }) => [
    test,
    `\`${leaf}\``,
    expected,
    actual === 'valid' ? actual : `\`${actual}\``,
  ]);
  return [
    rowsOf(['Section', 'Tests', 'As expected, by the path', 'As expected, by revocation', 'Different'], counts),
    '\nEvery difference; each refuses what PKITS would accept, none the other way round:\n',
    rowsOf(['Test', 'Certificate', 'Expected', 'Actual', 'Why'], differences),
    '\nEvery test:\n',
    rowsOf(['Test', 'Certificate', 'Expected', 'Actual'], all),
  ].join('\n');
}

function rowsOf(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
