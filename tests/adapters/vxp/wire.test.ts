import { createHash } from 'node:crypto';
import { answerText, contentTypeOf, type OperationName, operations } from '../../../src/adapters/vxp/wire.ts';
import { fileIn, HashFileMismatch, hashFileOf, isHashFileOf, withTrailer } from '../../../src/adapters/vxp/wire-body.ts';
import { inMapOrder } from '../../../src/adapters/vxp/wire-order.ts';
import { readSignedCall } from '../../../src/adapters/vxp/wire-read.ts';
import { macMatches, macOf, signedHeaders, signedText } from '../../../src/adapters/vxp/wire-sign.ts';
import { readTimestamp, timestampOf } from '../../../src/adapters/vxp/wire-time.ts';

const secret = 'dummy-secret-0123456789';
const systemId = 'demo.system.01';
const timestamp = '22112025T091530+0123';
const file = Buffer.from('<edXML>vector 83</edXML>\n');
const sha256 = createHash('sha256').update(file).digest('hex');
const hashFile = '4d7fcfa4ac1ac6ef4ee4ed17d4514b645a9f3a205a308850ef81aa1b48ffbb';
const docId = '11111111-1111-1111-1111-111111111111';

const headersOf = (operation: OperationName, values: Record<string, string>) => {
  const hash = operations[operation].body === 'file' ? { hashFile: hashFileOf(sha256) } : {};
  return signedHeaders({ systemId, secret, timestamp, contentType: contentTypeOf(operation), values, ...hash });
};
const one = (headers: readonly (readonly [string, string])[], name: string) => headers.find(([key]) => key === name)?.[1];
const raw = (headers: readonly (readonly [string, string])[]) => headers.flat();

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of source) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

/** What the real client library sent, with its secret, system id, timestamp and file. */
const vectors: [OperationName, Record<string, string>, string, string][] = [
  [
    'sendEdoc',
    { from: '001.00.01.H99', servicetype: 'eDoc', messagetype: 'edoc' },
    'systemid;servicetype;messagetype;hash-file;from;timestamp;Content-Type',
    'aae4197d45c5fe9b485d07a77286015bd75bcaf5fbdf1869c581ba9e10a4db3e',
  ],
  [
    'sendEdoc',
    { from: '001.00.01.H99', to: '["002.00.01.H99","003.00.01.H99"]', servicetype: 'eDoc', messagetype: 'edoc' },
    'systemid;servicetype;messagetype;hash-file;from;to;timestamp;Content-Type',
    '1ab4c183c2134fc6c45c9798dfc95edfd91e8f902a1494ae83a25d3246520b3c',
  ],
  [
    'sendEdoc',
    { from: '002.00.01.H99', servicetype: 'eDoc', messagetype: 'status' },
    'systemid;servicetype;messagetype;hash-file;from;timestamp;Content-Type',
    '9b92ffd5684028d5e2a92c412caa4f31c7ff24c81664b877f0748bb5324eab64',
  ],
  [
    'getReceivedEdocList',
    { servicetype: 'eDoc', messagetype: 'edoc' },
    'systemid;servicetype;messagetype;timestamp;Content-Type',
    'c158760d9a991e5bd2aaacc92cbcfeb326809fe578481baea98680b948ca86c1',
  ],
  [
    'getSentEdocList',
    { servicetype: 'eDoc', messagetype: 'edoc', docId: '000000000000000000000001' },
    'systemid;servicetype;messagetype;docId;timestamp;Content-Type',
    '0b879f42f6a6027b9696d591527da8d1d376792b44b39efcb003b5fa35e1179f',
  ],
  ...(['getEdoc', 'downloadEdoc'] as const).map((name): [OperationName, Record<string, string>, string, string] => [
    name,
    { filePath: 'xml', docId },
    'systemid;docId;filePath;timestamp;Content-Type',
    'b654b2fd9ba96b0ce4efac4364d2f75b9cc44d4f09c0461b77a109dc3ebd5b06',
  ]),
  [
    'updateStatus',
    { status: 'done', docId },
    'systemid;docId;timestamp;Content-Type;status',
    'a540d119cdaa7b8938dba37b9d328a0f62c76279dc0de74c3c2dff8699640302',
  ],
  [
    'getAgenciesListQD20',
    { level: '1' },
    'systemid;level;timestamp;Content-Type',
    '5d39b84618e18f11f98b389dc13cfd03fd5a57eb95b1442e51840089ae19f15d',
  ],
  [
    'deleteAgency',
    { AgencyCode: '001.00.01.H99' },
    'systemid;AgencyCode;timestamp;Content-Type',
    '8f39a2474162dd1d6d424203a2a1637d09e36bc58e0a5f7398e67c5495bda8c5',
  ],
  ...(['countReceiveEdoc', 'countReceiveStatus', 'getAgenciesList', 'getSynchronizeUnit', 'registerAgency'] as const).map(
    (name): [OperationName, Record<string, string>, string, string] => [
      name,
      {},
      'systemid;timestamp;Content-Type',
      '024d01cbbb411e55399c3f2de7204c1ddf7a3aaa3a8ebbfdee9581a0d645bd11',
    ],
  ),
];

describe('the signature of the axis protocol', () => {
  it.each(vectors)('signs %s as the client library did: %j', (operation, values, keys, mac) => {
    const headers = headersOf(operation, values);
    expect(one(headers, 'XroadVnpt-sign-header-key')).toBe(keys);
    expect(one(headers, 'XroadVnpt-hash-header')).toBe(mac);
    expect(one(headers, 'XroadVnpt-version')).toBe('3.0.201608');
    expect(one(headers, 'User-Agent')).toBe('JAVASDKAgent/1.0.0 XRoad/VPCP');
  });

  it('signs the very text of the worked example', () => {
    const headers = headersOf('sendEdoc', { from: '001.00.01.H99', servicetype: 'eDoc', messagetype: 'edoc' });
    expect(one(headers, 'XroadVnpt-sign-header')).toBe(
      `{"XroadVnpt-systemid":"demo.system.01","XroadVnpt-servicetype":"eDoc","XroadVnpt-messagetype":"edoc","XroadVnpt-hash-file":"${hashFile}","XroadVnpt-from":"001.00.01.H99","XroadVnpt-timestamp":"22112025T091530+0123","XroadVnpt-Content-Type":"application/octet-stream"}`,
    );
  });

  it('reads what it wrote, with values from the signed text alone', () => {
    const headers = headersOf('updateStatus', { docid: 'b', docId: 'a', status: ' done\n', description: 'Đã nhận "rồi" \\ </x>' });
    const call = readSignedCall(raw([['XroadVnpt-status', 'forged'], ...headers]));
    if ('fault' in call) throw new Error(call.header);
    expect(call).toMatchObject({ systemId, timestamp });
    expect(Object.fromEntries(call.values)).toMatchObject({
      docid: 'b',
      docId: 'a',
      status: ' done\n',
      description: 'Đã nhận "rồi" \\ </x>',
    });
    expect(macMatches(secret, call.signed, call.mac)).toBe(true);
    expect(macMatches(`${secret} `, call.signed, call.mac)).toBe(false);
    expect(macMatches(secret, call.signed, call.mac.slice(1))).toBe(false);
  });

  it('does not take line ends of a value into its own header', () => {
    expect(one(headersOf('updateStatus', { description: 'a\r\nb' }), 'XroadVnpt-description')).toBe('a  b');
  });

  it('escapes as the library: controls and line separators only, nothing for HTML', () => {
    expect(signedText([['a', '\t\b\n\r\f"\\\u0001\u2028\u2029/<>&=\'\u007fĐ']])).toBe(
      '{"XroadVnpt-a":"\\t\\b\\n\\r\\f\\"\\\\\\u0001\\u2028\\u2029/<>&=\'\u007fĐ"}',
    );
  });

  it('orders more than 12 names over 32 buckets, more than 24 over 64', () => {
    const names = (n: number) => [...Array(n).keys()].map((i) => [`n${i}`, i] as const);
    // made with java.util.HashMap
    expect(
      inMapOrder(names(12))
        .map(([name]) => name)
        .join(),
    ).toBe('n0,n1,n2,n3,n4,n5,n6,n7,n8,n9,n10,n11');
    expect(
      inMapOrder(names(13))
        .map(([name]) => name)
        .join(),
    ).toBe('n0,n1,n2,n3,n4,n5,n6,n7,n8,n9,n10,n12,n11');
    expect(
      inMapOrder(names(25))
        .map(([name]) => name)
        .join(),
    ).toBe('n0,n1,n2,n3,n4,n5,n6,n7,n8,n9,n10,n12,n11,n14,n13,n16,n15,n18,n17,n19,n21,n20,n23,n22,n24');
  });

  it.each(['sign-header', 'sign-header-key', 'hash-header'])('refuses a call whose %s is absent or there twice', (name) => {
    const headers = headersOf('getEdoc', { docId });
    const without = headers.filter(([key]) => key !== `XroadVnpt-${name}`);
    expect(readSignedCall(raw(without))).toEqual({ fault: 'missing', header: name });
    expect(readSignedCall(raw([...headers, [`xroadvnpt-${name.toUpperCase()}`, 'x']]))).toEqual({ fault: 'repeated', header: name });
  });

  it.each([
    ['no JSON', '{"XroadVnpt-systemid":', 'systemid', 'sign-header'],
    ['no object', '["XroadVnpt-systemid"]', 'systemid', 'sign-header'],
    ['a value that is no text', '{"XroadVnpt-systemid":1}', 'systemid', 'sign-header'],
    ['a name without prefix', '{"systemid":"x"}', 'systemid', 'sign-header'],
    ['names that are not those of the list', '{"XroadVnpt-systemid":"x"}', 'timestamp', 'sign-header-key'],
    ['a name that the list has twice', '{"XroadVnpt-systemid":"x","XroadVnpt-a":"x"}', 'systemid;systemid', 'sign-header-key'],
  ])('refuses %s', (_, signed, keys, header) => {
    const headers = [
      'XroadVnpt-sign-header',
      signed,
      'XroadVnpt-sign-header-key',
      keys,
      'XroadVnpt-hash-header',
      macOf(secret, Buffer.from(signed)),
    ];
    expect(readSignedCall(headers)).toEqual({ fault: 'malformed', header });
  });

  it.each(['systemid', 'timestamp'])('refuses a call that does not sign its %s', (name) => {
    const left = name === 'systemid' ? 'timestamp' : 'systemid';
    const signed = signedText([[left, 'x']]);
    const headers = ['XroadVnpt-sign-header', signed, 'XroadVnpt-sign-header-key', left, 'XroadVnpt-hash-header', '0'];
    expect(readSignedCall(headers)).toEqual({ fault: 'missing', header: name });
  });
});

describe('the timestamp', () => {
  it('is Viet Nam time with milliseconds in four digits', () => {
    const at = new Date('2025-11-22T09:15:30.123+07:00');
    expect(timestampOf(at)).toBe(timestamp);
    expect(readTimestamp(timestamp)).toEqual(at);
    expect(timestampOf(new Date('2025-12-31T18:00:00.007Z'))).toBe('01012026T010000+0007');
  });

  it.each(['', '22112025T091530', '31022025T091530+0123', '22112025T251530+0123', '22112025T091530+0123 ', '2025-11-22T09:15:30+07:00'])(
    'refuses %j',
    (text) => expect(readTimestamp(text)).toBeNull(),
  );
});

describe('the file of sendEdoc', () => {
  it('has a hash whose bytes are not padded', () => {
    expect(hashFileOf(sha256)).toBe(hashFile);
    expect(hashFileOf(createHash('sha256').digest('hex'))).toHaveLength(64);
    expect(isHashFileOf(hashFile, sha256)).toBe(true);
    expect(isHashFileOf(sha256.toUpperCase(), sha256)).toBe(true);
    expect(isHashFileOf(hashFile.slice(1), sha256)).toBe(false);
  });

  it.each([1, 2, 3, 7, 64])('is what stands before CR LF, in pieces of %d bytes', async (size) => {
    const body = await gather(withTrailer(pieces(file, size)));
    expect(body).toHaveLength(27);
    expect(await gather(fileIn(pieces(body, size), hashFile))).toEqual(file);
  });

  it('may be empty, end in line ends of its own, or come without CR LF', async () => {
    const hashOf = (bytes: Uint8Array) => hashFileOf(createHash('sha256').update(bytes).digest('hex'));
    const empty = Buffer.alloc(0);
    expect(await gather(fileIn(withTrailer(pieces(empty, 1)), hashOf(empty)))).toEqual(empty);
    const ended = Buffer.from('<a/>\r\n');
    expect(await gather(fileIn(withTrailer(pieces(ended, 3)), hashOf(ended)))).toEqual(ended);
    expect(await gather(fileIn(pieces(ended, 3), hashOf(ended)))).toEqual(ended);
    const bare = Buffer.from('<a/>');
    expect(await gather(fileIn(pieces(bare, 3), hashOf(bare)))).toEqual(bare);
  });

  it('is refused when hash-file is of another file', async () => {
    await expect(gather(fileIn(withTrailer(pieces(Buffer.from('<b/>'), 3)), hashFile))).rejects.toBeInstanceOf(HashFileMismatch);
  });
});

it('writes answers in ASCII', () => {
  expect(answerText({ ErrorDesc: 'Đã nhận 😀' })).toBe('{"ErrorDesc":"\\u0110\\u00e3 nh\\u1eadn \\ud83d\\ude00"}');
});
