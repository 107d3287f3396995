import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { facts } from '../src/cli/table.ts';
import { productRoot } from '../src/paths.ts';
import { agencies } from './cast.ts';
import type { Credentials } from './provision.ts';
import type { Stage } from './stage.ts';
import { preparedAs } from './story.ts';

/** What somebody needs who wants to go on by hand: addresses, credentials, and commands to paste. */
export function keepText(stage: Stage): string {
  const { folder, gateway, provided } = stage;
  const rows = [...provided.clients.values()].map(({ id, secret }) => {
    const agency = agencies.find((one) => one.id === id);
    return [`  ${id}`, `${secret}  ${agency === undefined ? 'vận hành / operator' : `${agency.code}  ${agency.name}`}`] as const;
  });
  return `
Trục đang chạy, Ctrl-C để dừng / the gateway goes on running, Ctrl-C stops it
${facts([
  ['  Địa chỉ / address', gateway.url],
  ['  Dữ liệu / data', gateway.data],
  ['  Nhật ký / log', gateway.logFile],
])}
Tài khoản và mật khẩu / clients and their secrets
${facts(rows)}
Dán vào một cửa sổ lệnh khác / paste into another shell

cd ${folder}
${variables(stage)}
${curlCommands()}
LIENTHONG_DATA=data node "$PRODUCT/bin/lienthong.js" ledger
`;
}

/** The variables that the commands of the README use. */
function variables(stage: Stage): string {
  const { gateway, provided, folder } = stage;
  const login = (credentials: Credentials | undefined) => `${credentials?.id}:${credentials?.secret}`;
  return [
    `GATEWAY=${gateway.url}`,
    `SENDER=${login(provided.clients.get('so-noi-vu'))}`,
    `RECIPIENT=${login(provided.clients.get('xa-dong-sen'))}`,
    `PACKAGE=${relative(folder, preparedAs(stage, 'spare').path)}`,
    'CERTIFICATE=keys/gateway.pem',
    `PRODUCT=${productRoot}`,
  ].join('\n');
}

/** The commands that the README shows, so that they are tried as they stand there. */
export function curlCommands(): string {
  const readme = readFileSync(join(productRoot, 'README.md'), 'utf8');
  return /<!-- curl -->\n```sh\n(.*?)```/s.exec(readme)?.[1] ?? '';
}
