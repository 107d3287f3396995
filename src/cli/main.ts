import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { productRoot } from '../paths.ts';
import { root } from './command.ts';
import { type ExitCode, exitCodes, report } from './failure.ts';

/** A part of the command line: the first words that it knows, and how it is loaded. */
interface Part {
  readonly names: readonly string[];
  load(): Promise<(parent: Command) => void>;
}

/** All parts, in the order of the help. Loading all costs more time than most commands, so a command loads its own only. */
const parts: readonly Part[] = [
  { names: ['serve'], load: async () => (await import('./serve.ts')).serveCommand },
  { names: ['config'], load: async () => (await import('./config.ts')).configCommand },
  { names: ['agencies'], load: async () => (await import('./agencies.ts')).agencyCommands },
  { names: ['groups'], load: async () => (await import('./groups.ts')).groupCommands },
  { names: ['level-one'], load: async () => (await import('./groups.ts')).levelOneCommands },
  { names: ['successions'], load: async () => (await import('./successions.ts')).successionCommands },
  { names: ['anchors'], load: async () => (await import('./anchors.ts')).anchorCommands },
  { names: ['certs'], load: async () => (await import('./certs.ts')).certificateCommands },
  { names: ['clients'], load: async () => (await import('./clients.ts')).clientCommands },
  { names: ['crls'], load: async () => (await import('./crls.ts')).crlCommands },
  { names: ['credentials'], load: async () => (await import('./credentials.ts')).credentialCommands },
  { names: ['deliveries'], load: async () => (await import('./deliveries.ts')).deliveryCommands },
  { names: ['packages'], load: async () => (await import('./packages.ts')).packageCommands },
  { names: ['documents'], load: async () => (await import('./documents.ts')).documentCommands },
  { names: ['acts'], load: async () => (await import('./acts.ts')).actCommands },
  { names: ['ledger'], load: async () => (await import('./ledger.ts')).ledgerCommand },
  { names: ['route'], load: async () => (await import('./route.ts')).routeCommands },
  { names: ['routes'], load: async () => (await import('./routes.ts')).routesCommands },
  { names: ['axis'], load: async () => (await import('./axis.ts')).axisCommands },
  { names: ['holidays'], load: async () => (await import('./holidays.ts')).holidayCommands },
  { names: ['retention', 'hold'], load: async () => (await import('./retention.ts')).retentionCommands },
  { names: ['report', 'paper'], load: async () => (await import('./report.ts')).reportCommands },
  { names: ['keys'], load: async () => (await import('./keys.ts')).keyCommands },
  { names: ['send', 'validate'], load: async () => (await import('./send.ts')).sendCommands },
  { names: ['inbox'], load: async () => (await import('./inbox.ts')).inboxCommands },
  { names: ['receipts'], load: async () => (await import('./receipts.ts')).receiptCommands },
  { names: ['verify'], load: async () => (await import('./verify.ts')).verifyCommand },
];

/** Runs one command line (without `node` and the script) and says what to exit with. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  // A reader that has seen enough, `head` for example, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  });
  try {
    await (await program(argv[0])).parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return report(error, argv.includes('--json'));
  }
}

/** The commands that begin with this word, ready to parse one command line; all of them without it, or when none begins so. */
export async function program(word?: string): Promise<Command> {
  const { version } = JSON.parse(readFileSync(join(productRoot, 'package.json'), 'utf8')) as { version: string };
  const made = root('lienthong', version, {
    vi: 'Trục liên thông văn bản điện tử: vận hành trục và gửi, nhận văn bản',
    en: 'Gateway for official electronic documents: run it, and send and receive through it',
  });
  const meant = parts.filter(({ names }) => word !== undefined && names.includes(word));
  for (const part of meant.length > 0 ? meant : parts) (await part.load())(made);
  return made;
}
