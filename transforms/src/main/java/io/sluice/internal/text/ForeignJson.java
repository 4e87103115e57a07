package io.sluice.internal.text;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * Reads JSON as servers send it. Not all of them hold to its grammar, and one character must not
 * cost an answer that is paid for: Python writes {@code NaN} and {@code Infinity} for numbers that
 * are none, and templates leave line ends as they are. A backslash before what it does not escape
 * is an error all the same: nobody knows whether it belongs to the text.
 */
public final class ForeignJson {
  /** Thread-safe. */
  public static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(
              JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS,
              JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .build();

  private ForeignJson() {}
}
