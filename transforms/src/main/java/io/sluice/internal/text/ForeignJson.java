package io.sluice.internal.text;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * Reads JSON as servers send it. Not all of them hold to its grammar, and one character must not
 * cost an answer that is paid for: Python writes {@code NaN} and {@code Infinity} for numbers that
 * are none, and templates leave line ends and backslashes as they are.
 */
public final class ForeignJson {
  /** Thread-safe. */
  public static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(
              JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS,
              JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS,
              JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER)
          .build();

  private ForeignJson() {}
}
