package io.sluice.pipeline.input.rows;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.equalTo;

import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultsTest {
  private static final String NO_VALUES = "its bytes are no values of its types: it is damaged";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "com.fasterxml.jackson.core.exc.StreamConstraintsException: Document nesting depth (1001)"
            + " exceeds the maximum allowed (1000, from `StreamReadConstraints.getMaxNestingDepth()`)"
            + " | Document nesting depth (1001) exceeds the maximum allowed (1000)",
        "com.fasterxml.jackson.core.io.JsonEOFException: Unexpected end-of-input at [Source: REDACTED"
            + " (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 15]"
            + " | Unexpected end-of-input",
        "can not read class org.apache.parquet.format.FileMetaData: Required field 'version' was not"
            + " found in serialized data! Struct:"
            + " org.apache.parquet.format.FileMetaData$FileMetaDataStandardScheme@1fead66c"
            + " | what it says of itself lacks version: it is damaged",
        "java.io.IOException: java.lang.RuntimeException: no such codec | no such codec",
        "Undefined schema: no.such.Type | Undefined schema: no.such.Type",
        "java.io.EOFException | " + NO_VALUES,
      })
  void reason_namesNoClass(String message, String expected) {
    assertThat(Faults.reason(new IOException(message)), equalTo(expected));
  }

  @Test
  void reason_withoutAMessage_isInWordsOfItsOwn() {
    assertThat(Faults.reason(new EOFException()), equalTo("it ends within a value: it is damaged"));
    assertThat(Faults.reason(new IllegalStateException()), equalTo(NO_VALUES));
    assertThat(Faults.reason(new ClassCastException("class A cannot")), equalTo(NO_VALUES));
    assertThat(
        Faults.reason(new IOException(null, new EOFException())),
        equalTo("it ends within a value: it is damaged"));
  }
}
