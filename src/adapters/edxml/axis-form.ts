import { ParseOption, XmlDocument, XmlElement } from 'libxml2-wasm';

/** What is changed in a package that is written anew. */
export interface AxisForm {
  /** Pretty-printed with CR LF and without Signature. */
  readonly rewritten: boolean;
  /** OrganId of a trace header that is added; none without it. */
  readonly trace?: string;
  /** The ContentType of every attachment. */
  readonly attachmentType?: string;
}

const options =
  ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NO_SYS_CATALOG | ParseOption.XML_PARSE_HUGE;

/**
 * A package as real axes pass it on (domain 6, vxp-protocol 6): what it says is the same, its bytes are not. It is held in memory as a
 * whole: this is for a test axis, never for a gateway. `at`: the time in the trace header, `yyyy/MM/dd HH:mm:ss`.
 */
export function inAxisForm(bytes: Uint8Array, form: AxisForm, at: string): Buffer {
  const doc = XmlDocument.fromBuffer(bytes, { option: form.rewritten ? options | ParseOption.XML_PARSE_NOBLANKS : options });
  try {
    if (form.rewritten) for (const signature of named(doc, 'edXMLHeader', 'Signature')) signature.remove();
    if (form.trace !== undefined) addTrace(doc, form.trace, at);
    if (form.attachmentType !== undefined) {
      for (const type of named(doc, 'Attachment', 'ContentType')) {
        while (type.firstChild !== null) type.firstChild.remove();
        type.addText(form.attachmentType);
      }
    }
    const text = doc.toString({ format: form.rewritten });
    return Buffer.from(form.rewritten ? text.replace(/\r?\n/g, '\r\n') : text);
  } finally {
    doc.dispose();
  }
}

function named(doc: XmlDocument, parent: string, child: string): XmlElement[] {
  return doc.find(`//*[local-name()='${parent}']/*[local-name()='${child}']`).filter((node) => node instanceof XmlElement);
}

function addTrace(doc: XmlDocument, organId: string, at: string): void {
  const [header] = named(doc, 'edXMLEnvelope', 'edXMLHeader');
  if (header === undefined) return;
  const list = named(doc, 'edXMLHeader', 'TraceHeaderList')[0] ?? header.addElement('TraceHeaderList', header.prefix);
  const first = list.firstChild;
  // before Bussiness, where the library writes it
  const trace = first === null ? list.addElement('TraceHeader', header.prefix) : first.prependElement('TraceHeader', header.prefix);
  trace.addElement('OrganId', header.prefix).addText(organId);
  trace.addElement('Timestamp', header.prefix).addText(at);
}
