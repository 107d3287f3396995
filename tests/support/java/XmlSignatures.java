import java.io.File;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The JDK as an independent signer and verifier. Each argument is one command, its words separated by '|':
 * verify|file|certificate.pem prints valid or invalid;
 * sign|in|out|key.pem|certificate.pem|signature method|canonicalisation|transform prints signed.
 */
public class XmlSignatures {
  private static final XMLSignatureFactory XML = XMLSignatureFactory.getInstance("DOM");

  public static void main(String[] commands) throws Exception {
    for (String command : commands) {
      String[] words = command.split("\\|");
      if (words[0].equals("verify")) {
        System.out.println(verify(words[1], words[2]) ? "valid" : "invalid");
      } else {
        sign(words);
        System.out.println("signed");
      }
    }
  }

  private static boolean verify(String file, String certificate) throws Exception {
    Document document = parse(file);
    NodeList signatures = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
    if (signatures.getLength() != 1) return false;
    DOMValidateContext context = new DOMValidateContext(readCertificate(certificate).getPublicKey(), signatures.item(0));
    context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
    return XML.unmarshalXMLSignature(context).validate(context);
  }

  private static void sign(String[] words) throws Exception {
    Document document = parse(words[1]);
    Element header = (Element) document.getElementsByTagNameNS("*", "edXMLHeader").item(0);
    X509Certificate certificate = readCertificate(words[4]);
    PrivateKey key = readKey(words[3], certificate.getPublicKey().getAlgorithm());
    List<Transform> transforms = new ArrayList<>();
    transforms.add(XML.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null));
    if (words.length > 7) transforms.add(XML.newTransform(words[7], (TransformParameterSpec) null));
    Reference reference = XML.newReference("", XML.newDigestMethod(DigestMethod.SHA256, null), transforms, null, null);
    SignedInfo signedInfo = XML.newSignedInfo(
        XML.newCanonicalizationMethod(words[6], (C14NMethodParameterSpec) null),
        XML.newSignatureMethod(words[5], null),
        List.of(reference));
    KeyInfoFactory keyInfos = XML.getKeyInfoFactory();
    KeyInfo keyInfo = keyInfos.newKeyInfo(List.of(keyInfos.newX509Data(List.of(certificate))));
    XML.newXMLSignature(signedInfo, keyInfo).sign(new DOMSignContext(key, header));
    try (OutputStream out = new FileOutputStream(words[2])) {
      TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(out));
    }
  }

  private static Document parse(String file) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    return factory.newDocumentBuilder().parse(new File(file));
  }

  private static X509Certificate readCertificate(String file) throws Exception {
    return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(Files.newInputStream(Path.of(file)));
  }

  private static PrivateKey readKey(String file, String algorithm) throws Exception {
    String base64 = Files.readString(Path.of(file)).replaceAll("-----[A-Z ]+-----|\\s", "");
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }
}
