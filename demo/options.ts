/** What the demo was asked for. */
export interface Options {
  /** Leave everything running at the end, and print how to use it. */
  readonly keep: boolean;
  /** Size of the largest attachment in MB. */
  readonly megabytes: number;
}

const usage = `Cách dùng / usage: npm run demo [-- --keep] [--size MB]
  --keep      để trục chạy tiếp, in địa chỉ và tài khoản / leave the gateway running, print its address and credentials
  --size MB   dung lượng tệp đính kèm lớn nhất, 1–500, mặc định 60 / size of the largest attachment, default 60
`;

/** Reads the command line. Returns the text to print when it asks for help or makes no sense. */
export function readOptions(argv: readonly string[]): Options | { readonly usage: string; readonly wrong: boolean } {
  let keep = false;
  let megabytes = 60;
  for (let at = 0; at < argv.length; at += 1) {
    if (argv[at] === '--keep') keep = true;
    else if (argv[at] === '--size') megabytes = /^\d{1,3}$/.test(argv[at + 1] ?? '') ? Number(argv[(at += 1)]) : Number.NaN;
    else return { usage, wrong: argv[at] !== '--help' && argv[at] !== '-h' };
  }
  return megabytes >= 1 && megabytes <= 500 ? { keep, megabytes } : { usage, wrong: true };
}
