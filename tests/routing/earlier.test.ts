import type { EarlierPackage } from '../../src/routing/earlier.ts';
import { duplicateWarnings, earlierQuery, guardLoop } from '../../src/routing/earlier.ts';
import type { DocumentMessage, StatusMessage } from '../../src/routing/message.ts';

const document: DocumentMessage = {
  kind: 'document',
  action: 'new',
  sender: { code: '000.00.12.H61', name: '' },
  recipients: [{ code: '000.00.45.H61', name: '' }],
  documentId: 'D1',
  number: '7',
  notation: 'SNV',
  promulgationDate: '2026-03-02',
  typeName: 'Công văn',
  subject: 'x',
  urgency: 0,
  attachments: [],
};
const status = { kind: 'status', status: '03', about: {} } as StatusMessage;
const earlier = (by: EarlierPackage['by'], route?: string): EarlierPackage => ({
  by,
  packageId: 'p1',
  receivedAt: new Date('2026-03-02T02:00:00Z'),
  ...(route === undefined ? {} : { route }),
});

describe('the search for earlier packages', () => {
  it('is made for new documents, and for everything that comes over an upward route', () => {
    expect(earlierQuery(document, 'a', 'ff', undefined)).toEqual({
      senderAgencyId: 'a',
      document: { documentId: 'D1', number: '7', notation: 'SNV', year: '2026' },
    });
    expect(earlierQuery({ ...document, action: 'update' }, 'a', 'ff', undefined)).toBeNull();
    expect(earlierQuery(status, 'a', 'ff', undefined)).toBeNull();
    expect(earlierQuery(status, 'a', 'ff', 'axis')).toEqual({ senderAgencyId: 'a', sha256: 'ff' });
    expect(earlierQuery(document, 'a', 'ff', 'axis')).toMatchObject({ sha256: 'ff', promulgationDate: '2026-03-02' });
  });

  it('gives warnings that name the earlier package and when it came, in Viet Nam time', () => {
    expect(duplicateWarnings(document, [earlier('content'), earlier('id'), earlier('number')])).toEqual([
      { code: 'DUPLICATE_DOCUMENT_ID', params: { documentId: 'D1', package: 'p1', at: '2026-03-02T09:00:00.000+07:00' } },
      { code: 'DUPLICATE_NUMBER', params: { reference: '7/SNV', package: 'p1', at: '2026-03-02T09:00:00.000+07:00' } },
    ]);
  });
});

describe('the loop guard', () => {
  it.each(['content', 'id', 'number'] as const)('refuses what went out from here before, known by its %s', (by) => {
    expect(() => guardLoop(document, 'axis', [earlier(by)], [])).toThrow('LOOP_DETECTED');
  });

  it('refuses what names this gateway in its trace', () => {
    const traced = { ...document, trace: ['000.00.00.G22', 'H61.TRUC'] };
    expect(() => guardLoop(traced, 'axis', [], ['H61.TRUC'])).toThrow('LOOP_DETECTED');
    expect(() => guardLoop(traced, 'axis', [], ['H62.TRUC'])).not.toThrow();
  });

  it('lets through what the route offers again, for another of our agencies for example', () => {
    expect(() => guardLoop(document, 'axis', [earlier('content', 'axis'), earlier('id', 'axis')], [])).not.toThrow();
  });
});
