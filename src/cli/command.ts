import { Command } from 'commander';

/** What a command says of itself: Vietnamese first, then English. */
export interface Words {
  readonly vi: string;
  readonly en: string;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** A description or the text of an option in both languages. */
export function both({ vi, en }: Words): string {
  return `${vi} / ${en}`;
}

/** A group of commands, which by itself does nothing. */
export function group(parent: Command, name: string, words: Words): Command {
  return described(parent.command(name), words);
}

/** A command that does something. `usage` is its name with its arguments, as commander writes them. */
export function command(parent: Command, usage: string, words: Words): Command {
  return described(parent.command(usage), words).option('--json', 'in kết quả dạng JSON / print JSON');
}

/** The root of all commands. */
export function root(name: string, version: string, words: Words): Command {
  return described(new Command(name).version(version, '--version', 'in phiên bản / print the version'), words)
    .helpCommand(false)
    .exitOverride();
}

const titles: Readonly<Record<string, string>> = {
  'Usage:': 'Cách dùng / Usage:',
  'Arguments:': 'Đối số / Arguments:',
  'Options:': 'Tùy chọn / Options:',
  'Commands:': 'Lệnh / Commands:',
};

function described(made: Command, words: Words): Command {
  return made
    .description(`${words.vi}\n${words.en}`)
    .summary(both(words))
    .helpOption('-h, --help', 'in trợ giúp này / print this help')
    .helpCommand(false)
    .configureHelp({ styleTitle: (title) => titles[title] ?? title })
    .showHelpAfterError('(--help: trợ giúp / for help)');
}
