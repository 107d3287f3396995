import { AddressRefused, createAddresses } from '../../../src/adapters/senders/addresses.ts';
import { answering, claimOf, closeRecipients, pushTo, recipient } from './recipient.ts';

const bytes = Buffer.from('<edXML/>');

afterEach(closeRecipients);

describe('places that are not pushed to', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.8.9.10/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://１２７.０.０.１/',
    'http://0.0.0.0/',
    'http://10.0.0.8/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'ftp://agency.example/',
    'file:///etc/passwd',
    'https://user:secret@agency.example/',
    'https://user@agency.example/',
    'agency.example',
    '',
  ])('%s is our fault, not the outage of a recipient', async (url) => {
    await expect(pushTo({ allow: [] })(claimOf(url, bytes))).rejects.toThrow(AddressRefused);
  });

  it.each([
    ['127.0.0.1', 4],
    ['10.1.2.3', 4],
    ['::1', 6],
    ['::ffff:127.0.0.1', 6],
  ])('a name that resolves to %s is refused', async (address, family) => {
    const push = pushTo({ allow: [], resolve: async () => [{ address, family }] });
    await expect(push(claimOf('http://agency.example:9/', bytes))).rejects.toThrow('agency.example has only addresses');
  });

  it('localhost is refused by what the system resolves it to', async () => {
    await expect(pushTo({ allow: [] })(claimOf('http://localhost:9/', bytes))).rejects.toThrow(AddressRefused);
  });

  it('a redirect to a closed place is not followed', async () => {
    const { url } = await recipient(answering(307, { Location: 'http://169.254.169.254/' }));
    expect(await pushTo()(claimOf(url, bytes))).toMatchObject({ kind: 'unavailable', httpStatus: 307 });
  });
});

describe('places that are pushed to', () => {
  const addresses = createAddresses(['10.20.0.0/16', 'fd12:3456::/32', '192.168.7.7']);

  it.each([
    'https://203.162.0.1/',
    'https://[2405:4800::1]/',
    'http://10.20.30.40/',
    'http://[::ffff:10.20.30.40]/',
    'http://[fd12:3456::9]/',
    'http://192.168.7.7/',
    'https://agency.gov.vn:8443/receive?x=1',
  ])('%s', (url) => {
    expect(addresses.check(url).href).toBe(url.replace('::ffff:10.20.30.40', '::ffff:a14:1e28'));
  });

  it('of several addresses of a name only those that may be pushed to are tried', async () => {
    const { port } = await recipient(answering(200));
    const resolve = async () => [
      { address: '10.0.0.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
    const push = pushTo({ allow: ['127.0.0.1'], resolve });
    expect(await push(claimOf(`http://agency.example:${port}/`, bytes))).toMatchObject({ kind: 'delivered' });
  });

  it('a name is resolved once for many pushes, and again after a failure', async () => {
    const { port } = await recipient(answering(200, { Connection: 'close' }));
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      if (asked === 1) throw Object.assign(new Error('try again'), { code: 'EAI_AGAIN' });
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const push = pushTo({ resolve });
    const claim = claimOf(`http://agency.example:${port}/`, bytes);
    expect(await push(claim)).toMatchObject({ kind: 'unavailable', detail: 'host name not resolved at this time (EAI_AGAIN)' });
    await Promise.all([push(claim), push(claim)]);
    expect(await push(claim)).toMatchObject({ kind: 'delivered' });
    expect(asked).toBe(2);
  });

  it('a setting that is no address is refused when it is read', () => {
    expect(() => createAddresses(['10.0.0.0/64'])).toThrow();
    expect(() => createAddresses(['nowhere'])).toThrow();
  });
});
