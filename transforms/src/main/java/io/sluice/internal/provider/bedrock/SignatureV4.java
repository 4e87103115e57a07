package io.sluice.internal.provider.bedrock;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * AWS's Signature Version 4 over the headers of a request (IAM User Guide, <i>Create a signed AWS
 * API request</i>). The SDK's own prints what it signs, the session's token with it, wherever debug
 * logs are on. Pure arithmetic. Immutable.
 *
 * @param session null for credentials that stay
 * @param encodesTwice whether the path is encoded once more, as for all services but S3
 */
record SignatureV4(
    String id,
    String secret,
    @Nullable String session,
    String region,
    String service,
    boolean encodesTwice) {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final String HMAC = "HmacSHA256";
  private static final String END = "aws4_request";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int DAY_CHARS = 8;

  /**
   * The headers of a signed request.
   *
   * @param uri with its query, encoded as it is sent
   * @param own headers that are signed as well, but the host; names as they are sent
   * @param hash of the content, see {@link #hash}
   */
  Map<String, String> sign(
      String method, URI uri, Map<String, String> own, String hash, Instant now) {
    String time = TIME.format(now);
    String scope = String.join("/", time.substring(0, DAY_CHARS), region, service, END);
    Map<String, String> headers = new TreeMap<>(own);
    headers.put("X-Amz-Date", time);
    if (session != null) {
      headers.put("X-Amz-Security-Token", session);
    }
    Map<String, String> signed = new TreeMap<>();
    headers.forEach((name, value) -> signed.put(name.toLowerCase(Locale.ROOT), plain(value)));
    signed.put("host", host(uri));
    StringBuilder canonical = new StringBuilder(method);
    canonical.append('\n').append(path(uri)).append('\n').append(query(uri)).append('\n');
    signed.forEach((name, value) -> canonical.append(name).append(':').append(value).append('\n'));
    String names = String.join(";", signed.keySet());
    canonical.append('\n').append(names).append('\n').append(hash);
    String toSign =
        String.join(
            "\n",
            ALGORITHM,
            time,
            scope,
            hex(digest().digest(canonical.toString().getBytes(StandardCharsets.UTF_8))));
    byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/")) {
      key = hmac(key, part);
    }
    headers.put(
        "Authorization",
        ALGORITHM
            + " Credential="
            + id
            + "/"
            + scope
            + ", SignedHeaders="
            + names
            + ", Signature="
            + hex(hmac(key, toSign)));
    return headers;
  }

  /** What stands for a content, which is read to its end. */
  static String hash(InputStream content) throws IOException {
    MessageDigest digest = digest();
    byte[] buffer = new byte[1 << 16];
    for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
      digest.update(buffer, 0, read);
    }
    return hex(digest.digest());
  }

  private static String plain(String value) {
    return value.strip().replaceAll(" +", " ");
  }

  private static String host(URI uri) {
    boolean usual =
        uri.getPort() < 0
            || uri.getPort() == (uri.getScheme().equalsIgnoreCase("https") ? 443 : 80);
    return usual ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  private String path(URI uri) {
    String raw = uri.getRawPath();
    String path = raw == null || raw.isEmpty() ? "/" : raw;
    return encodesTwice ? encoded(path, true) : path;
  }

  private static String query(URI uri) {
    String raw = uri.getRawQuery();
    if (raw == null || raw.isEmpty()) {
      return "";
    }
    List<String> parts = new ArrayList<>();
    for (String part : raw.split("&")) {
      int is = part.indexOf('=');
      String name = is < 0 ? part : part.substring(0, is);
      String value = is < 0 ? "" : part.substring(is + 1);
      parts.add(encoded(decoded(name), false) + "=" + encoded(decoded(value), false));
    }
    parts.sort(null);
    return String.join("&", parts);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String encoded(String text, boolean slashes) {
    StringBuilder out = new StringBuilder();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (each & 0xFF);
      boolean stays =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-_.~".indexOf(c) >= 0
              || (slashes && c == '/');
      if (stays) {
        out.append(c);
      } else {
        out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(each));
      }
    }
    return out.toString();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + HMAC, e);
    }
  }
}
