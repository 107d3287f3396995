import soap from 'soap';
import { escaped, GATEWAY_NAMESPACE } from './names.ts';

/** The description of the service at work: what it lets in and how answers are written. */
export interface Wsdl {
  /** Names of the operations. */
  readonly operations: readonly string[];
  /** Names of the elements that a request to an operation may hold; undefined when there is no such operation. */
  elementsOf(operation: string): readonly string[] | undefined;
  /** The answer to an operation: of `answer` what the description knows, in its order. */
  write(operation: string, answer: object): string;
  /** The description for clients that reach the service at `url`. */
  text(url: string): string;
}

/** What `soap` makes of a type: names with `[]` where they repeat, and notes of its own. */
type Shape = { readonly [name: string]: Shape | string };

const notes = new Set(['targetNSAlias', 'targetNamespace']);

/** Reads the description. Throws when it is none. */
export async function readWsdl(text: string): Promise<Wsdl> {
  const wsdl = new soap.WSDL(text, 'lienthong.wsdl', {});
  await new Promise<void>((resolve, fail) => wsdl.onReady((error) => (error ? fail(error) : resolve())));
  const { definitions } = wsdl;
  const shapeOf = (message: string): Shape => {
    const described = definitions.messages[message]?.description(definitions) as Shape | undefined;
    return (described?.[message] ?? {}) as Shape;
  };
  const operations = Object.keys(definitions.portTypes['Gateway']?.methods ?? {});
  const requests = new Map(operations.map((operation) => [operation, namesIn(shapeOf(operation))]));
  const answers = new Map(operations.map((operation) => [operation, shapeOf(`${operation}Response`)]));
  return {
    operations,
    elementsOf: (operation) => requests.get(operation),
    write(operation, answer) {
      const shaped = fitted(answer, answers.get(operation) as Shape);
      return wsdl.objectToDocumentXML(`${operation}Response`, shaped, 'lt', GATEWAY_NAMESPACE) as string;
    },
    text: (url) => text.replaceAll(/(address location=")[^"]*"/g, (_, start: string) => `${start}${escaped(url)}"`),
  };
}

function namesIn(shape: Shape): string[] {
  return Object.keys(shape)
    .filter((name) => !notes.has(name))
    .map((name) => name.replace('[]', ''));
}

/** Only what the description knows, so that a client that is strict never meets a surprise. */
function fitted(value: unknown, shape: Shape | string): unknown {
  if (typeof shape === 'string') return value instanceof Date ? value.toISOString() : String(value);
  const fields = value as Readonly<Record<string, unknown>>;
  const known: [string, unknown][] = [];
  for (const [written, inner] of Object.entries(shape)) {
    const name = written.replace('[]', '');
    const held = fields[name];
    if (notes.has(written) || held === undefined || held === null) continue;
    known.push([name, Array.isArray(held) ? held.map((one) => fitted(one, inner)) : fitted(held, inner)]);
  }
  return Object.fromEntries(known);
}
