/** Namespace of the packet format of QCVN 102:2016/BTTTT. */
export const QCVN_NAMESPACE = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';

/** Namespace of XML Signature (W3C xmldsig-core). */
export const DSIG_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#';
