import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { productRoot } from '../../../src/paths.ts';
import { examineBytes } from '../../support/sample-folder.ts';

const folder = process.env['LIENTHONG_SAMPLES'] ?? resolve(productRoot, '../shared/samples');

/** Codes of problems and warnings of a package as the axis brings it, in the order of its lines. */
interface Expected {
  readonly problems?: readonly string[];
  readonly warnings?: readonly string[];
  readonly signature?: string;
  readonly sender?: string;
}

const selfBuilt = 'FIELD_TOO_LONG';

/** What becomes of packages from the real world. The comments in domain 5.1 say what the official library does with the same files. */
const table: Readonly<Record<string, Expected>> = {
  'official-sdk/edoc_new.edxml': { warnings: ['DUE_DATE_PASSED'], signature: 'unacceptable', sender: '000.00.00.A80' },
  'official-sdk/edoc_revocation.edxml': { problems: ['ATTACHMENT_BASE64'], signature: 'unacceptable' },
  'official-sdk/edoc_update.edxml': { problems: ['ATTACHMENT_BASE64'], signature: 'unacceptable' },
  'official-sdk/status_acceptance_03.edxml': { sender: '000.00.00.H41' },
  'official-sdk/status_cancellation_13.edxml': {},
  'official-sdk/status_finish_06.edxml': {},
  'official-sdk/status_inbox_01.edxml': {},
  'official-sdk/status_rejection_02.edxml': {},
  'axis-roundtrip/2019-05_852e179c.edxml': { warnings: ['DUE_DATE_PASSED', 'TYPE_MISMATCH'], signature: 'unacceptable' },
  'axis-roundtrip/2025-10_874e0f18.edxml': { warnings: ['ORGAN_NAME_MISSING', 'ORGAN_NAME_MISSING', 'TYPE_MISMATCH'] },
  'sdk-built/1da394ba.edxml': { warnings: [selfBuilt, 'TYPE_MISMATCH', 'TYPE_MISMATCH', 'TYPE_MISMATCH'] },
  'sdk-built/test_user_edxml_minimal.xml': {
    problems: ['FIELD_MISSING', 'FIELD_MISSING', 'FIELD_MISSING', 'FIELD_MISSING'],
    warnings: ['SIGNER_MISSING', 'ORGAN_NAME_MISSING', 'ORGAN_NAME_MISSING'],
  },
  'malformed/edoc_unbound-prefix.edxml': { problems: ['PREFIX_XLINK_UNDECLARED', 'PREFIX_EDXML_UNDECLARED'] },
  'mutated/02_prefix_ns0.edxml': { warnings: [selfBuilt] },
  'mutated/04_no_prefix.edxml': { warnings: [selfBuilt] },
  'mutated/06_doctype_xxe.edxml': { problems: ['DOCTYPE_FORBIDDEN'] },
  'mutated/08_att_prefix_unbound.edxml': { problems: ['PREFIX_EDXML_UNDECLARED'] },
  'mutated/10_date_iso.edxml': { problems: ['DATE_FORMAT'], warnings: [selfBuilt] },
  'mutated/12_priority_text.edxml': { problems: ['PRIORITY_INVALID'], warnings: [selfBuilt] },
  'mutated/14_unknown_elem.edxml': { problems: ['ELEMENT_UNKNOWN'], warnings: [selfBuilt] },
  'mutated/16_steering_missing.edxml': { warnings: [selfBuilt] },
  'mutated/18_type_missing.edxml': { problems: ['FIELD_MISSING'], warnings: [selfBuilt] },
  'mutated/20_zipslip.edxml': { problems: ['ZIP_ENTRY_NAME'], warnings: [selfBuilt] },
  'mutated/22_raw_pdf.edxml': { problems: ['ZIP_EXPECTED'], warnings: [selfBuilt] },
  'mutated/24_bad_b64.edxml': { problems: ['ATTACHMENT_BASE64'], warnings: [selfBuilt] },
  'mutated/26_attachment_without_ref.edxml': { problems: ['ATTACHMENT_WITHOUT_REFERENCE'], warnings: [selfBuilt] },
  'mutated/28_two_messageheader.edxml': { problems: ['ELEMENT_REPEATED'], warnings: [selfBuilt] },
  'mutated/30_subject_cdata_newline.edxml': { warnings: [selfBuilt] },
  'mutated/32_business_type_9.edxml': { problems: ['ACTION_UNKNOWN'], warnings: [selfBuilt] },
  'mutated/34_unknown_elem.edxml': { problems: ['ELEMENT_UNKNOWN'], warnings: [selfBuilt] },
};

const present = existsSync(folder);
const packages = present
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => /\.(edxml|xml)$/.test(name))
  : [];

(present ? describe : describe.skip)('packages of the real world', () => {
  it('are all in the table', () => {
    expect(packages.toSorted()).toEqual(Object.keys(table).toSorted());
  });

  it.each(Object.entries(table))('%s', async (name, expected) => {
    const examined = await examineBytes(readFileSync(join(folder, name)), { origin: 'axis' });
    expect(examined.problems.map((problem) => problem.code)).toEqual(expected.problems ?? []);
    expect(examined.warnings.map((warning) => warning.code)).toEqual(expected.warnings ?? []);
    expect(examined.signature.state).toBe(expected.signature ?? 'absent');
    if (expected.sender !== undefined) expect(examined.claimedSender).toBe(expected.sender);
    expect(examined.message === undefined).toBe((expected.problems ?? []).length > 0);
  });

  it('are refused for a number over 11 characters when an agency sends them', async () => {
    const { problems } = await examineBytes(readFileSync(join(folder, 'mutated/04_no_prefix.edxml')));
    expect(problems.map((problem) => problem.params)).toEqual([{ field: 'Code/CodeNumber', label: 'số văn bản', length: 14, limit: 11 }]);
  });

  it('carry the ZIP that is declared as a PDF on to the recipient as it is', async () => {
    const { message } = await examineBytes(readFileSync(join(folder, 'axis-roundtrip/2025-10_874e0f18.edxml')), { origin: 'axis' });
    const attachments = message?.kind === 'document' ? message.attachments : [];
    expect(attachments).toMatchObject([{ declaredType: 'application/pdf', form: 'zip', sniffedType: 'application/pdf' }]);
  });
});
