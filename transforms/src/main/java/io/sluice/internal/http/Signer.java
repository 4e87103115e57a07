package io.sluice.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Signs requests to a provider to which no key is sent. Thread-safe. */
public interface Signer {
  /** What is sent, opened as often as it is read. */
  interface Content {
    InputStream open() throws IOException;
  }

  /**
   * The headers that make a request a signed one.
   *
   * @param uri with its query, encoded as it is sent
   * @param type of the content; null for none
   * @throws SigningException where there is nothing to sign with
   */
  Map<String, String> sign(String method, URI uri, @Nullable String type, Content content)
      throws IOException;

  /** What a server said, without the secrets that were sent to it. */
  String scrub(String text);

  /** As above, of a success: what is too short to be a secret is a word, and stays in it. */
  String scrubAnswer(String text);
}
