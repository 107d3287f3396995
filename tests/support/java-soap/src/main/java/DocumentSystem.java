import jakarta.activation.DataHandler;
import jakarta.activation.FileDataSource;
import jakarta.xml.ws.BindingProvider;
import jakarta.xml.ws.Holder;
import jakarta.xml.ws.soap.MTOMFeature;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import lienthong.soap.Fault;
import lienthong.soap.Gateway;
import lienthong.soap.InboxEntry;
import lienthong.soap.Lienthong;
import org.apache.cxf.frontend.ClientProxy;
import org.apache.cxf.ws.security.wss4j.WSS4JOutInterceptor;

/**
 * A document system written with Apache CXF against the WSDL. Each argument is one run, `port,mtom,login,package file`, login being
 * `basic` or `x509`; who it is stands in the system properties. Prints one line per run: what became of it.
 */
public final class DocumentSystem {
    private static final String UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    private static final String SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/";
    private static final String SOAP12 = "http://www.w3.org/2003/05/soap-envelope";

    public static void main(String[] runs) throws Exception {
        java.util.logging.LogManager.getLogManager().reset();
        for (String run : runs) {
            String[] words = run.split(",");
            System.out.println(run + " " + attempt(words[0], words[1].equals("mtom"), words[2].equals("x509"), Path.of(words[3])));
        }
    }

    private static String attempt(String port, boolean mtom, boolean x509, Path file) throws Exception {
        Gateway sender = gateway(port, mtom, x509, "sender");
        Gateway recipient = gateway(port, mtom, x509, "recipient");
        Holder<Boolean> first = new Holder<>();
        Holder<String> packageId = new Holder<>();
        Holder<String> receipt = new Holder<>();
        sender.sendPackage(null, new DataHandler(new FileDataSource(file.toFile())), first, packageId, new Holder<>(), receipt);
        String delivery = deliveryOf(recipient, packageId.value);
        Holder<String> sha256 = new Holder<>();
        Holder<DataHandler> content = new Holder<>();
        Holder<String> fetchedDelivery = new Holder<>(delivery);
        recipient.getPackage(fetchedDelivery, new Holder<>(), sha256, new Holder<>(), content);
        boolean same = digest(content.value.getInputStream()).equals(digest(Files.newInputStream(file))) && sha256.value.length() == 64;
        Holder<String> state = new Holder<>();
        recipient.acknowledge(fetchedDelivery, sha256.value, new Holder<>(), state, new Holder<>(), new Holder<>(), new Holder<>());
        return "first=" + first.value + " receipt=" + receipt.value.contains("Signature") + " same=" + same + " state=" + state.value
            + " fault=" + faultOf(recipient, delivery);
    }

    private static String deliveryOf(Gateway recipient, String packageId) throws Exception {
        Holder<List<InboxEntry>> entries = new Holder<>();
        recipient.getInbox(null, 500, 5, entries, new Holder<>(), new Holder<>());
        return entries.value.stream().filter(entry -> entry.getPackage().equals(packageId)).findFirst().orElseThrow().getDelivery();
    }

    private static String faultOf(Gateway recipient, String delivery) {
        try {
            recipient.refuse(new Holder<>(delivery), "muộn", new Holder<>(), new Holder<>(), new Holder<>(), new Holder<>(), new Holder<>());
            return "none";
        } catch (Fault fault) {
            var problem = fault.getFaultInfo().getProblem().get(0);
            return problem.getCode() + (problem.getVi().isEmpty() || problem.getEn().isEmpty() ? "" : "+vi+en");
        }
    }

    private static Gateway gateway(String port, boolean mtom, boolean x509, String who) throws Exception {
        String url = System.getProperty("url");
        Lienthong service = new Lienthong(URI.create(url + "?wsdl").toURL(), Lienthong.SERVICE);
        MTOMFeature feature = new MTOMFeature(mtom, 0);
        Gateway gateway = port.equals("Soap11") ? service.getSoap11(feature) : service.getSoap12(feature);
        Map<String, Object> context = ((BindingProvider) gateway).getRequestContext();
        if (x509) sign(gateway, port, who);
        else {
            context.put(BindingProvider.USERNAME_PROPERTY, System.getProperty(who + ".id"));
            context.put(BindingProvider.PASSWORD_PROPERTY, System.getProperty(who + ".secret"));
        }
        return gateway;
    }

    /** Signs Timestamp and Body by the key of a PKCS #12 file, as WSS4J does it. */
    private static void sign(Gateway gateway, String port, String who) {
        Properties crypto = new Properties();
        crypto.put("org.apache.wss4j.crypto.provider", "org.apache.wss4j.common.crypto.Merlin");
        crypto.put("org.apache.wss4j.crypto.merlin.keystore.type", "PKCS12");
        crypto.put("org.apache.wss4j.crypto.merlin.keystore.file", System.getProperty(who + ".p12"));
        crypto.put("org.apache.wss4j.crypto.merlin.keystore.password", "changeit");
        Map<String, Object> options = new HashMap<>();
        options.put("action", "Timestamp Signature");
        options.put("user", "key");
        options.put("passwordCallbackRef", (javax.security.auth.callback.CallbackHandler) callbacks -> {
            for (var callback : callbacks) ((org.apache.wss4j.common.ext.WSPasswordCallback) callback).setPassword("changeit");
        });
        options.put("signaturePropRefId", "crypto");
        options.put("crypto", crypto);
        options.put("storeBytesInAttachment", "false");
        options.put("signatureKeyIdentifier", "DirectReference");
        options.put("signatureAlgorithm", System.getProperty("algorithm"));
        options.put("signatureDigestAlgorithm", "http://www.w3.org/2001/04/xmlenc#sha256");
        options.put("signatureParts", "{}{" + UTILITY + "}Timestamp;{}{" + (port.equals("Soap11") ? SOAP11 : SOAP12) + "}Body");
        ClientProxy.getClient(gateway).getOutInterceptors().add(new WSS4JOutInterceptor(options));
    }

    private static String digest(InputStream bytes) throws Exception {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 16];
        try (bytes) {
            for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) sha256.update(buffer, 0, count);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }
}
