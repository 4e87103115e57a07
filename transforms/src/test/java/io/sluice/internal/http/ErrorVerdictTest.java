package io.sluice.internal.http;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorVerdictTest {
  @ParameterizedTest
  @CsvSource({
    "'<html><b>Sign</b>\n in</html>', Sign in",
    "'a < b', 'a < b'",
    "'a <b> c < d', 'a c < d'",
    "'<<a>>b', '>b'",
    "'  x  ', x",
    "'', ''",
  })
  void wordsOfAPage(String page, String words) {
    assertThat(ErrorVerdict.strip(page), is(words));
  }

  @Test
  @Timeout(10)
  void aPageOfOpenMarks_isReadOnce() {
    String page = "<".repeat(4_000_000);
    assertThat(ErrorVerdict.strip(page), is(page));
    assertThat(ErrorVerdict.strip(">" + page), is(">" + page));
  }
}
