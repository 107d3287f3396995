import type { Command } from 'commander';
import { program } from '../../src/cli/main.ts';

/** Every command with its whole name. */
function commandsOf(command: Command, before: readonly string[] = []): { readonly name: string; readonly command: Command }[] {
  const name = [...before, command.name()];
  return [{ name: name.join(' '), command }, ...command.commands.flatMap((one) => commandsOf(one, name))];
}

/** What a first word and the words under it say of themselves. */
function helpOf(from: Command, name: string): readonly string[] {
  return from.commands
    .filter((one) => one.name() === name)
    .flatMap((one) => commandsOf(one).map(({ command }) => command.helpInformation()));
}

const whole = await program();
const all = commandsOf(whole);
const leaves = all.filter(({ command }) => command.commands.length === 0);

describe('the help', () => {
  it('knows every command', () => {
    expect(leaves.map(({ name }) => name.replace('lienthong ', ''))).toEqual([
      'serve',
      'config',
      ...['import', 'list', 'show', 'search', 'tree', 'resolve', 'add', 'suspend', 'resume', 'close', 'channel', 'policy'].map(
        (name) => `agencies ${name}`,
      ),
      ...['list', 'define', 'members', 'add', 'remove', 'delete'].map((name) => `groups ${name}`),
      'level-one load',
      'level-one list',
      ...['apply', 'list', 'undo'].map((name) => `successions ${name}`),
      ...['import', 'list', 'show', 'policy', 'retire'].map((name) => `anchors ${name}`),
      ...['add', 'list', 'withdraw', 'bind', 'unbind', 'bindings', 'revocation-scan'].map((name) => `certs ${name}`),
      ...['list', 'show', 'set-scopes', 'set-agencies', 'suspend', 'resume'].map((name) => `clients ${name}`),
      ...['import', 'list', 'fetch'].map((name) => `crls ${name}`),
      ...['issue', 'rotate', 'list', 'revoke', 'bind-cert', 'unbind-cert'].map((name) => `credentials ${name}`),
      ...['list', 'show', 'replay', 'hold', 'release', 'cancel'].map((name) => `deliveries ${name}`),
      ...['list', 'show', 'export'].map((name) => `packages ${name}`),
      ...['list', 'show'].map((name) => `documents ${name}`),
      ...['list', 'match', 'dismiss'].map((name) => `acts ${name}`),
      'ledger',
      ...['explain', 'what-if'].map((name) => `route ${name}`),
      ...['list', 'set', 'apply', 'remove', 'open', 'close'].map((name) => `routes ${name}`),
      ...['status', 'entries', 'show', 'retry', 'refuse', 'sync'].map((name) => `axis ${name}`),
      ...['import', 'list', 'remove'].map((name) => `holidays ${name}`),
      ...['run', 'forecast'].map((name) => `retention ${name}`),
      ...['add', 'list', 'lift'].map((name) => `hold ${name}`),
      'report',
      'paper import',
      ...['show', 'list', 'rotate'].map((name) => `keys ${name}`),
      'send',
      'validate',
      ...['list', 'fetch', 'ack', 'refuse'].map((name) => `inbox ${name}`),
      'receipts list',
      'receipts show',
      'verify',
    ]);
  });

  it.each(whole.commands.map((command) => command.name()))('of "%s" is the same when only its part is loaded', async (name) => {
    expect(helpOf(await program(name), name)).toEqual(helpOf(whole, name));
  });

  it('of a word that no command has is the whole', async () => {
    expect((await program('deliver')).helpInformation()).toBe(whole.helpInformation());
  });

  it.each(all)('of "$name" says it in Vietnamese first and then in English', ({ command }) => {
    const [vietnamese = '', english = '', ...more] = command.description().split('\n');
    expect(more).toEqual([]);
    expect(vietnamese).toMatch(/[ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ]/);
    expect(english).toMatch(/^[\x20-\x7e]+$/);
    expect(command.helpInformation()).toContain('Cách dùng / Usage:');
  });

  it.each(leaves)('of "$name" explains every option', ({ command }) => {
    expect(command.options.map((option) => option.long)).toContain('--json');
    for (const option of command.options) expect(option.description.length).toBeGreaterThan(5);
  });
});
