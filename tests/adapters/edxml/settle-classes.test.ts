import { execFileSync } from 'node:child_process';

const script = (settle: boolean) => `
  const { XmlElement, XmlText, XmlAttribute } = await import('libxml2-wasm');
  const { settleNodeClasses } = await import(${JSON.stringify(new URL('../../../src/adapters/edxml/settle-classes.js', import.meta.url).href)});
  if (${settle}) settleNodeClasses();
  console.log([XmlElement, XmlText, XmlAttribute].map((one) => %HasFastProperties(one)).join());
`;

const isFast = (settle: boolean) =>
  execFileSync(process.execPath, ['--allow-natives-syntax', '--input-type=module', '-e', script(settle)], { encoding: 'utf8' }).trim();

it("puts the parser's node classes in order, which they are not by themselves", () => {
  expect(isFast(false)).toBe('false,false,false');
  expect(isFast(true)).toBe('true,true,true');
});
