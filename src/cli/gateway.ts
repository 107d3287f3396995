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
}

/** Adds those options to a command. The secret comes from a file: what stands on a command line is seen by everyone. */
export function gatewayOptions(to: Command): Command {
  return to
    .option('--url <url>', 'địa chỉ của trục / address of the gateway', 'http://127.0.0.1:8080')
    .requiredOption('--client <id>', 'mã tài khoản / client id')
    .requiredOption('--secret-file <file>', 'tệp chứa mật khẩu / file with the secret')
    .option('--ca <file>', 'tệp PEM chứng thư CA của trục / PEM of the CA to trust');
}

/** Makes a client for one command, and closes it whatever happens. */
export async function withClient<T>(options: GatewayOptions, work: (client: Client) => Promise<T>): Promise<T> {
  if (!URL.canParse(options.url) || !/^https?:/.test(options.url)) throw new UsageFault(`--url: ${options.url}?`);
  const secret = (await readFile(options.secretFile, 'utf8')).trim();
  const ca = options.ca === undefined ? {} : { ca: await readFile(options.ca, 'utf8') };
  const client = createClient({ url: options.url, id: options.client, secret, ...ca });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
