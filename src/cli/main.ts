import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { productRoot } from '../paths.ts';
import { actCommands } from './acts.ts';
import { agencyCommands } from './agencies.ts';
import { anchorCommands } from './anchors.ts';
import { certificateCommands } from './certs.ts';
import { clientCommands } from './clients.ts';
import { root } from './command.ts';
import { configCommand } from './config.ts';
import { credentialCommands } from './credentials.ts';
import { crlCommands } from './crls.ts';
import { deliveryCommands } from './deliveries.ts';
import { type ExitCode, exitCodes, report } from './failure.ts';
import { groupCommands, levelOneCommands } from './groups.ts';
import { holidayCommands } from './holidays.ts';
import { inboxCommands } from './inbox.ts';
import { keyCommands } from './keys.ts';
import { ledgerCommand } from './ledger.ts';
import { packageCommands } from './packages.ts';
import { receiptCommands } from './receipts.ts';
import { reportCommands } from './report.ts';
import { retentionCommands } from './retention.ts';
import { routeCommands } from './route.ts';
import { routesCommands } from './routes.ts';
import { sendCommands } from './send.ts';
import { serveCommand } from './serve.ts';
import { successionCommands } from './successions.ts';
import { verifyCommand } from './verify.ts';

/** Runs one command line (without `node` and the script) and says what to exit with. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  // A reader that has seen enough, `head` for example, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  });
  try {
    await program().parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return report(error, argv.includes('--json'));
  }
}

/** All commands, ready to parse one command line. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(join(productRoot, 'package.json'), 'utf8')) as { version: string };
  const all = root('lienthong', version, {
    vi: 'Trục liên thông văn bản điện tử: vận hành trục và gửi, nhận văn bản',
    en: 'Gateway for official electronic documents: run it, and send and receive through it',
  });
  const parts = [
    serveCommand,
    configCommand,
    agencyCommands,
    groupCommands,
    levelOneCommands,
    successionCommands,
    anchorCommands,
    certificateCommands,
    clientCommands,
    crlCommands,
    credentialCommands,
    deliveryCommands,
    packageCommands,
    actCommands,
    ledgerCommand,
    routeCommands,
    routesCommands,
    holidayCommands,
    retentionCommands,
    reportCommands,
    keyCommands,
    sendCommands,
    inboxCommands,
    receiptCommands,
    verifyCommand,
  ];
  for (const add of parts) add(all);
  return all;
}
