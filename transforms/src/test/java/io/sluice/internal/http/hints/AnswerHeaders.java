package io.sluice.internal.http.hints;

import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.jspecify.annotations.Nullable;

/** Headers of an answer, for tests. */
public final class AnswerHeaders {
  private AnswerHeaders() {}

  public static MessageHeaders of(@Nullable String... namesAndValues) {
    HeaderGroup headers = new HeaderGroup();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.addHeader(new BasicHeader(namesAndValues[i], namesAndValues[i + 1]));
    }
    return headers;
  }
}
