import { hash } from 'node:crypto';
import type { SignatureVerdict } from '../../routing/package.ts';
import type { Problem } from '../../routing/problem.ts';
import { problemText } from '../../routing/problem.ts';
import type { Forwarding, Receipt, ReceiptDelivery, ReceiptPackage, ReceiptRecipient, SignReceipt } from '../../routing/receipt.ts';
import { vietnamTime } from '../../routing/time.ts';
import type { GatewayKey } from './gateway-key.ts';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/**
 * Makes the signer of receipts: XML as schemas/xsd/receipt.xsd describes it, with an enveloped XML Signature (exclusive C14N, SHA-256,
 * ECDSA or RSA as the key is) as last child. The receipt is written in its canonical form to begin with, and so is SignedInfo: the
 * bytes to digest and to sign are the strings themselves. Only the XML declaration stands outside them. The key is asked for each time.
 */
export function createReceiptSigner(current: () => GatewayKey): SignReceipt {
  let framed: { readonly key: GatewayKey; readonly frame: ReturnType<typeof signatureFrame> } | undefined;
  return async (receipt) => {
    const key = current();
    if (framed?.key !== key) framed = { key, frame: signatureFrame(key) };
    const { frame } = framed;
    const body = receiptBody(receipt);
    const signedInfo = frame.signedInfo(hash('sha256', `${body}</receipt>`, 'base64'));
    // In place it inherits the declaration from Signature; on its own, as it is signed, it carries it.
    const value = await key.sign(Buffer.from(signedInfo.replace('<SignedInfo>', `<SignedInfo xmlns="${DSIG}">`)));
    return `<?xml version="1.0" encoding="UTF-8"?>\n${body}${frame.open}${signedInfo}${frame.close(value.toString('base64'))}</receipt>`;
  };
}

function signatureFrame(key: GatewayKey) {
  const method = (name: string, algorithm: string) => `<${name} Algorithm="${algorithm}"></${name}>`;
  const head =
    `<SignedInfo>${method('CanonicalizationMethod', EXCLUSIVE_C14N)}${method('SignatureMethod', MORE + key.algorithm)}<Reference URI="">` +
    `<Transforms>${method('Transform', `${DSIG}enveloped-signature`)}${method('Transform', EXCLUSIVE_C14N)}</Transforms>` +
    `${method('DigestMethod', 'http://www.w3.org/2001/04/xmlenc#sha256')}<DigestValue>`;
  const certificate = Buffer.from(key.certificateDer).toString('base64');
  const keyInfo = `<KeyInfo><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo>`;
  return {
    open: `<Signature xmlns="${DSIG}">`,
    signedInfo: (digest: string) => `${head}${digest}</DigestValue></Reference></SignedInfo>`,
    close: (value: string) => `<SignatureValue>${value}</SignatureValue>${keyInfo}</Signature>`,
  };
}

/** The receipt without its end tag, in exclusive canonical form: attributes in order, no empty-element tags, no white space between. */
function receiptBody(receipt: Receipt): string {
  return [
    `<receipt xmlns="urn:lienthong:receipt:1" id="${attribute(receipt.id)}" kind="${receipt.kind}">`,
    element('issuedAt', vietnamTime(receipt.issuedAt)),
    element('gateway', receipt.gateway),
    packageXml(receipt.package),
    receipt.signature === undefined ? '' : verdictXml(receipt.signature),
    receipt.recipients === undefined ? '' : `<recipients>${receipt.recipients.map(recipientXml).join('')}</recipients>`,
    receipt.delivery === undefined ? '' : deliveryXml(receipt.delivery),
    receipt.problems === undefined ? '' : `<problems>${receipt.problems.map(problemXml).join('')}</problems>`,
  ].join('');
}

function packageXml(about: ReceiptPackage): string {
  return [
    `<package id="${attribute(about.id)}">`,
    element('sha256', about.sha256),
    element('size', about.size),
    element('receivedAt', vietnamTime(about.receivedAt)),
    element('sender', about.sender),
    element('documentId', about.documentId),
    element('reference', about.reference),
    '</package>',
  ].join('');
}

function verdictXml(verdict: SignatureVerdict): string {
  if (verdict.state === 'absent') return `<signature state="absent"></signature>`;
  return `<signature state="${verdict.state}">${element('algorithm', verdict.algorithm)}${element('fingerprint', verdict.fingerprint)}</signature>`;
}

function recipientXml(recipient: ReceiptRecipient): string {
  const problem = recipient.problem === undefined ? '' : problemXml(recipient.problem);
  return `<recipient deliveryId="${attribute(recipient.deliveryId)}" state="${recipient.state}">${element('code', recipient.code)}${forwardedXml(recipient.forwarded)}${problem}</recipient>`;
}

function forwardedXml(forwarded: Forwarding | undefined): string {
  if (forwarded === undefined) return '';
  const steps = forwarded.steps.map(({ kind, on, from, to, basis }) => {
    const day = on === undefined ? '' : ` on="${attribute(on)}"`;
    return `<step kind="${kind}"${day}>${element('from', from)}${element('to', to)}${element('basis', basis)}</step>`;
  });
  return `<forwarded>${element('to', forwarded.to)}${element('name', forwarded.name)}<steps>${steps.join('')}</steps></forwarded>`;
}

function deliveryXml(delivery: ReceiptDelivery): string {
  return [
    `<delivery id="${attribute(delivery.id)}">`,
    element('recipient', delivery.recipient),
    element('attempts', delivery.attempts),
    element('settledAt', vietnamTime(delivery.settledAt)),
    '</delivery>',
  ].join('');
}

function problemXml(problem: Problem): string {
  const text = problemText(problem);
  const parts = [element('vi', text.vi), element('en', text.en), element('fixVi', text.fixVi), element('fixEn', text.fixEn)];
  return `<problem code="${text.code}">${parts.join('')}${element('at', text.at)}${element('line', text.line)}</problem>`;
}

/** Nothing when there is no value. */
function element(name: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  const text = typeof value === 'number' ? String(value) : escapeText(value);
  return `<${name}>${text}</${name}>`;
}

/** What XML 1.0 can't hold at all, not even as a reference. */
const unwritable = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const textEscapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const attributeEscapes: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '"': '&quot;' },
  ...{ '\t': '&#x9;', '\n': '&#xA;', '\r': '&#xD;' },
};

/** Escapes as Canonical XML 1.0 (2.3) writes a text node. */
function escapeText(text: string): string {
  return text.replace(unwritable, '\ufffd').replace(/[&<>\r]/g, (character) => textEscapes[character] as string);
}

function attribute(text: string): string {
  return text.replace(unwritable, '\ufffd').replace(/[&<"\t\n\r]/g, (character) => attributeEscapes[character] as string);
}
