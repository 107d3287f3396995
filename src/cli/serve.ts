import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { command } from './command.ts';
import { exitCodes } from './failure.ts';

/** `lienthong serve`. */
export function serveCommand(parent: Command): void {
  command(parent, 'serve', { vi: 'Chạy trục', en: 'Run the gateway' })
    .option('--role <role>', 'vai trò / role: api, worker, all (LIENTHONG_ROLE)')
    .action(async ({ role }: { readonly role?: string }) => {
      const config = readConfig(role === undefined ? process.env : { ...process.env, LIENTHONG_ROLE: role });
      const { serve } = await import('../main.ts');
      await serve(config);
      // An attempt that was given up would keep the process until its recipient answers or its time is over.
      process.exit(exitCodes.ok);
    });
}
