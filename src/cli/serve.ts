import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { command } from './command.ts';
import { exitCodes } from './failure.ts';

/** `lienthong serve`. */
export function serveCommand(parent: Command): void {
  command(parent, 'serve', { vi: 'Chạy trục', en: 'Run the gateway' })
    .option('--role <role>', 'vai trò / role: api, worker, all (LIENTHONG_ROLE)')
    .option('--profile <profile>', 'là gì / what it is: province, axis (LIENTHONG_PROFILE)')
    .action(async ({ role, profile }: { readonly role?: string; readonly profile?: string }) => {
      const given = { LIENTHONG_ROLE: role, LIENTHONG_PROFILE: profile };
      const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const config = readConfig({ ...process.env, ...chosen });
      const { serve } = await import('../main.ts');
      await serve(config);
      // An attempt that was given up would keep the process until its recipient answers or its time is over.
      process.exit(exitCodes.ok);
    });
}
