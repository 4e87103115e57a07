package io.sluice.internal.prepare;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * SHA-256 of what identifies a request: who is asked, where, and what. It decides what a ledger has
 * already paid for, so its form is fixed: kind in upper case, base URL without trailing slashes,
 * path of the operation and body, joined by line feeds (which none of the first three can hold), in
 * UTF-8.
 */
public final class Fingerprint {
  private Fingerprint() {}

  /** As 64 hex digits. */
  public static String of(String kind, String baseUrl, String path, String body) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256, which every Java must have", e);
    }
    String head =
        kind.toUpperCase(Locale.ROOT) + "\n" + withoutTrailingSlashes(baseUrl) + "\n" + path + "\n";
    digest.update(head.getBytes(StandardCharsets.UTF_8));
    digest.update(body.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String withoutTrailingSlashes(String url) {
    int end = url.length();
    while (end > 0 && url.charAt(end - 1) == '/') {
      end--;
    }
    return url.substring(0, end);
  }
}
