import { parseArgs } from 'node:util';

/** What the demo was asked for. */
export interface Options {
  /** Leave everything running at the end, and print how to use it. */
  readonly keep: boolean;
  /** Size of the largest attachment in MB. */
  readonly megabytes: number;
  /** Two provinces and an axis between them, instead of one gateway. */
  readonly country: boolean;
}

const usage = `Cách dùng / usage: npm run demo [-- --keep | --country] [--size MB]
  --keep      để trục chạy tiếp, in địa chỉ và tài khoản / leave the gateway running, print its address and credentials
  --country   hai tỉnh và trục quốc gia ở giữa / two provinces with a national axis between them
  --size MB   dung lượng tệp đính kèm lớn nhất, 1–500, mặc định 60 / size of the largest attachment, default 60
`;

/** Reads the command line. Returns the text to print when it asks for help or makes no sense. */
export function readOptions(args: readonly string[]): Options | { readonly usage: string; readonly wrong: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        keep: { type: 'boolean', default: false },
        country: { type: 'boolean', default: false },
        size: { type: 'string', default: '60' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const megabytes = /^\d{1,3}$/.test(values.size) ? Number(values.size) : 0;
    const { keep, country, help } = values;
    if (help !== true && megabytes >= 1 && megabytes <= 500 && !(keep && country)) return { keep, country, megabytes };
    return { usage, wrong: values.help !== true };
  } catch {
    return { usage, wrong: true };
  }
}
