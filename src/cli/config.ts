import type { Command } from 'commander';
import { ConfigFault, readConfig, type SettingFault, settingRows } from '../config.ts';
import { type CommonOptions, command } from './command.ts';
import { print } from './print.ts';
import { table } from './table.ts';

/** `lienthong config`. */
export function configCommand(parent: Command): void {
  command(parent, 'config', {
    vi: 'In bảng cấu hình: giá trị, mặc định, giải thích; thông tin mật không được in',
    en: 'Print the table of settings: values, defaults, descriptions; secrets are not printed',
  }).action((options: CommonOptions) => {
    const rows = settingRows();
    const faults = faultsOf();
    print(options, { settings: rows, faults }, () =>
      table(
        [
          { vi: 'Biến', en: 'Variable' },
          { vi: 'Giá trị', en: 'Value' },
          { vi: 'Mặc định', en: 'Default' },
          { vi: 'Kiểu', en: 'Type' },
          { vi: 'Giải thích', en: 'Description' },
        ],
        rows.map((row) => [row.name, row.value ?? '', row.default ?? '', row.type, row.description]),
      ),
    );
    if (faults.length > 0) throw new ConfigFault(faults);
  });
}

function faultsOf(): readonly SettingFault[] {
  try {
    readConfig();
    return [];
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
}
