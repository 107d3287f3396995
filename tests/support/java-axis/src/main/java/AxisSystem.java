import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.text.SimpleDateFormat;
import java.util.Base64;
import java.util.Calendar;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.http.HttpResponse;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.client.methods.HttpRequestBase;
import org.apache.http.entity.ByteArrayEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.DefaultHttpRequestRetryHandler;
import org.apache.http.impl.client.HttpClientBuilder;

/**
 * A service object that acts on the wire as the axis' Java library does, on the same libraries: Apache HttpClient for everything but
 * sendEdoc, java.net.HttpURLConnection for that; one timestamp for its whole life; the values of all earlier calls carried along in one
 * HashMap, in whose order they are signed.
 */
final class AxisSystem {
  private static final String PREFIX = "XroadVnpt-";
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final String endpoint;
  private final String secret;
  private final int retry;
  private final Map<String, String> values = new HashMap<String, String>();

  AxisSystem(String endpoint, String systemId, String secret, int retry) {
    this.endpoint = endpoint;
    this.secret = secret;
    this.retry = retry;
    values.put("timestamp", new SimpleDateFormat("ddMMyyyy'T'HHmmss'+'SSSS").format(new Date()));
    values.put("systemid", systemId);
  }

  /** Any operation but sendEdoc. `text`: the body of registerAgency. */
  JsonElement call(String operation, JsonObject json, String text) throws Exception {
    take(json);
    boolean lists = operation.endsWith("List") || operation.equals("getAgenciesListQD20") || operation.equals("getSynchronizeUnit");
    String body = text != null ? text : lists ? "" : "{}";
    HttpRequestBase request = operation.equals("downloadEdoc") ? new HttpGet(url(operation)) : post(operation, body);
    for (Map.Entry<String, String> header : headers("application/json").entrySet()) request.addHeader(header.getKey(), header.getValue());
    CloseableHttpClient client =
        HttpClientBuilder.create().setRetryHandler(new DefaultHttpRequestRetryHandler(retry - 1, true)).build();
    try {
      HttpResponse response = client.execute(request);
      if (operation.equals("downloadEdoc")) return downloaded(response);
      JsonElement seen = Answer.read(operation, textOf(response));
      if (operation.equals("getEdoc")) store(seen);
      return seen;
    } catch (IOException lost) {
      return body.isEmpty() ? new JsonObject() : JsonNull.INSTANCE;
    } finally {
      // the library leaves connections of calls without a body open; the gateway's idle limit must close them
      if (!body.isEmpty()) client.close();
    }
  }

  /** The file, followed by CR LF; buffered whole, so that the JDK may silently repeat it. */
  JsonElement sendEdoc(JsonObject json, File file) throws Exception {
    byte[] content = Files.readAllBytes(file.toPath());
    take(json);
    values.put("hash-file", unpaddedHex(MessageDigest.getInstance("SHA-256").digest(content)));
    HttpURLConnection connection = (HttpURLConnection) new URL(url("sendEdoc")).openConnection();
    connection.setUseCaches(false);
    connection.setDoOutput(true);
    connection.setRequestMethod("POST");
    for (Map.Entry<String, String> header : headers("application/octet-stream").entrySet()) {
      connection.setRequestProperty(header.getKey(), header.getValue());
    }
    OutputStream out = connection.getOutputStream();
    out.write(content);
    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    out.close();
    int status;
    try {
      status = connection.getResponseCode();
    } catch (IOException lost) {
      return JsonNull.INSTANCE;
    }
    if (status != 200 && status != 201 && status < 400) return JsonNull.INSTANCE;
    InputStream in = status >= 400 ? connection.getErrorStream() : connection.getInputStream();
    return Answer.read("sendEdoc", new String(bytesOf(in), StandardCharsets.US_ASCII));
  }

  private void take(JsonObject json) {
    for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
      JsonElement value = entry.getValue();
      values.put(entry.getKey(), value.isJsonArray() ? GSON.toJson(value) : value.getAsString());
    }
  }

  private String url(String operation) {
    return endpoint + "/" + operation;
  }

  private HttpPost post(String operation, String body) {
    HttpPost request = new HttpPost(url(operation));
    if (!body.isEmpty()) {
      request.setConfig(RequestConfig.custom().setExpectContinueEnabled(true).build());
      request.setEntity(new ByteArrayEntity(body.getBytes(StandardCharsets.UTF_8)));
    }
    return request;
  }

  private Map<String, String> headers(String contentType) throws Exception {
    values.put("Content-Type", contentType);
    Map<String, String> headers = new LinkedHashMap<String, String>();
    Map<String, String> signed = new LinkedHashMap<String, String>();
    StringBuilder keys = new StringBuilder();
    headers.put("Content-Type", contentType);
    for (Map.Entry<String, String> entry : values.entrySet()) {
      headers.put(PREFIX + entry.getKey(), entry.getValue());
      signed.put(PREFIX + entry.getKey(), entry.getValue());
      keys.append(keys.length() == 0 ? "" : ";").append(entry.getKey());
    }
    String text = GSON.toJson(signed);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    headers.put(PREFIX + "sign-header-key", keys.toString());
    headers.put(PREFIX + "sign-header", text);
    headers.put(PREFIX + "hash-header", hex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8))));
    headers.put("User-Agent", "JAVASDKAgent/1.0.0 XRoad/VPCP");
    headers.put(PREFIX + "version", "3.0.201608");
    return headers;
  }

  /** UTF-8 whatever the answer says, a mark at its beginning skipped, lines joined. */
  private static String textOf(HttpResponse response) throws IOException {
    if (response.getEntity() == null) return "";
    StringBuilder text = new StringBuilder();
    BufferedReader lines = new BufferedReader(new InputStreamReader(response.getEntity().getContent(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) text.append(line);
    return text.length() > 0 && text.charAt(0) == '\ufeff' ? text.substring(1) : text.toString();
  }

  /** Decoded leniently, then as UTF-8 text, and written only if the caller named a folder. */
  private void store(JsonElement seen) throws IOException {
    if (!seen.isJsonObject() || !seen.getAsJsonObject().has("data")) return;
    byte[] decoded = Base64.getMimeDecoder().decode(seen.getAsJsonObject().get("data").getAsString());
    String text = new String(decoded, StandardCharsets.UTF_8);
    seen.getAsJsonObject().addProperty("data", text);
    boolean good = seen.getAsJsonObject().get("ErrorCode").getAsString().equals("0");
    if (good && values.containsKey("filePath")) write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The status and the type of the answer are not looked at: whatever came is the document, unless nothing came. */
  private JsonElement downloaded(HttpResponse response) throws IOException {
    byte[] content = response.getEntity() == null ? new byte[0] : bytesOf(response.getEntity().getContent());
    write(content);
    JsonObject seen = new JsonObject();
    seen.addProperty("status", content.length == 0 ? "FAIL" : "SUCCESS");
    seen.addProperty("ErrorCode", content.length == 0 ? "100" : "0");
    return seen;
  }

  private void write(byte[] content) throws IOException {
    Calendar now = Calendar.getInstance();
    File folder = new File(values.get("filePath"), now.get(Calendar.YEAR) + "/" + (now.get(Calendar.MONTH) + 1));
    folder.mkdirs();
    Files.write(new File(folder, values.get("docId") + ".edxml").toPath(), content);
  }

  private static byte[] bytesOf(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = new byte[8192];
    for (int n = in == null ? -1 : in.read(piece); n >= 0; n = in.read(piece)) all.write(piece, 0, n);
    return all.toByteArray();
  }

  /** Without the zero that a byte below 16 would need. */
  private static String unpaddedHex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte one : bytes) text.append(Integer.toHexString(one & 0xff));
    return text.toString();
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte one : bytes) text.append(String.format("%02x", one));
    return text.toString();
  }

  /** `AxisSystem ENDPOINT SYSTEMID SECRET`: one call for each line of standard input, `{"op","json","file","body"}`; one line for each answer. */
  public static void main(String[] args) throws Exception {
    AxisSystem system = new AxisSystem(args[0], args[1], args[2], 3);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonObject asked = new JsonParser().parse(line).getAsJsonObject();
      JsonObject json = asked.getAsJsonObject("json");
      String operation = asked.get("op").getAsString();
      String body = asked.has("body") ? asked.get("body").getAsString() : null;
      JsonElement seen = operation.equals("sendEdoc")
          ? system.sendEdoc(json, new File(asked.get("file").getAsString()))
          : system.call(operation, json, body);
      System.out.write((new GsonBuilder().serializeNulls().create().toJson(seen) + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
    }
  }
}
