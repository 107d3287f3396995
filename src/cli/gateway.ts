import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
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

/** Adds those options to a command. The secret comes from a file: what stands on a command line is seen by everyone. */
export function gatewayOptions(to: Command): Command {
  return to
    .option('--url <url>', 'địa chỉ của trục / address of the gateway', 'http://127.0.0.1:8080')
    .requiredOption('--client <id>', 'mã tài khoản / client id')
    .requiredOption('--secret-file <file>', 'tệp chứa mật khẩu / file with the secret')
    .option('--ca <file>', 'tệp PEM chứng thư CA của trục / PEM of the CA to trust')
    .option('--tls-cert <file>', 'chứng thư số TLS của hệ thống (mutual TLS) / own TLS certificate')
    .option('--tls-key <file>', 'khóa của chứng thư số đó / its key');
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
