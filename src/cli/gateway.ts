import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { type Client, createClient } from '../client/client.ts';
import type { CommonOptions } from './command.ts';
import { UsageFault } from './failure.ts';

/** Which gateway an agency talks to, and as whom. */
export interface GatewayOptions extends CommonOptions {
  readonly url: string;
  readonly client: string;
  readonly secretFile: string;
  readonly ca?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Those options when a command also works without a gateway: then no client is named. */
export type MaybeGatewayOptions = Omit<GatewayOptions, 'client' | 'secretFile'> & Partial<Pick<GatewayOptions, 'client' | 'secretFile'>>;

/** Adds those options to a command. The secret comes from a file: what stands on a command line is seen by everyone. */
export function gatewayOptions(to: Command, need: 'needed' | 'optional' = 'needed'): Command {
  const login = [
    new Option('--client <id>', 'mã tài khoản / client id').makeOptionMandatory(need === 'needed'),
    new Option('--secret-file <file>', 'tệp chứa mật khẩu / file with the secret').makeOptionMandatory(need === 'needed'),
  ];
  for (const one of login) to.addOption(one);
  return to
    .option('--url <url>', 'địa chỉ của trục / address of the gateway', 'http://127.0.0.1:8080')
    .option('--ca <file>', 'tệp PEM chứng thư CA của trục / PEM of the CA to trust')
    .option('--tls-cert <file>', 'chứng thư số TLS của hệ thống (mutual TLS) / own TLS certificate')
    .option('--tls-key <file>', 'khóa của chứng thư số đó / its key');
}

/** Whether a gateway is to be asked, as a client of it. Throws UsageFault when only one of client and secret is given. */
export function asksGateway(options: MaybeGatewayOptions): options is GatewayOptions {
  if ((options.client === undefined) !== (options.secretFile === undefined)) {
    throw new UsageFault('--client và --secret-file đi cùng nhau / go together');
  }
  return options.client !== undefined;
}

/** Makes a client for one command, and closes it whatever happens. */
export async function withClient<T>(options: GatewayOptions, work: (client: Client) => Promise<T>): Promise<T> {
  if (!URL.canParse(options.url) || !/^https?:/.test(options.url)) throw new UsageFault(`--url: ${options.url}?`);
  const secret = (await readFile(options.secretFile, 'utf8')).trim();
  const ca = options.ca === undefined ? {} : { ca: await readFile(options.ca, 'utf8') };
  const client = createClient({ url: options.url, id: options.client, secret, ...ca, ...(await certificateOf(options)) });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

async function certificateOf({ tlsCert, tlsKey }: GatewayOptions) {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageFault('--tls-cert và --tls-key đi cùng nhau / go together');
  return { certificate: { certPem: await readFile(tlsCert, 'utf8'), keyPem: await readFile(tlsKey, 'utf8') } };
}
