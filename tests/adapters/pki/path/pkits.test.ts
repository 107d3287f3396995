import { findPath } from '../../../../src/adapters/pki/path/build.ts';
import type { TrustAnchor } from '../../../../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../../../../src/routing/trust.ts';
import { allPkitsCertificates, hasPkits, pkitsCertificate, pkitsRows } from '../../../support/pkits.ts';

const withPkits = hasPkits ? describe : describe.skip;
if (!hasPkits) process.stderr.write('PKITS skipped: python3-cryptography-vectors is not installed\n');

withPkits('NIST PKITS, without revocation', () => {
  const certificate = pkitsCertificate('TrustAnchorRootCertificate');
  const anchor: TrustAnchor = { id: 'pkits', name: 'PKITS', fingerprint: '', certificate, policy: defaultAnchorPolicy };
  const intermediates = allPkitsCertificates();
  const at = new Date('2026-06-01T00:00:00Z');

  it.each(pkitsRows)('$test $leaf: $path', ({ leaf, path }) => {
    const verdict = findPath({ leaf: pkitsCertificate(leaf), hints: [], purpose: 'package', at }, { anchors: [anchor], intermediates });
    expect(verdict.ok ? 'valid' : verdict.problem.code).toBe(path);
  });
});
