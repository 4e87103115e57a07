package io.sluice.internal.http;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What servers send, in the encodings in which they do. */
class ReplyTextTest {
  private static final String JSON = "{\"content\": \"größer, 日本\"}";
  private static final String WESTERN = "{\"content\": \"größer\"}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "UTF-8 | none",
        "UTF-8 | application/json",
        "UTF-8 | application/json; charset=iso-8859-1",
        "UTF-8 | ;;",
        "UTF-16LE | application/json",
        "UTF-16BE | application/json; charset=utf-16",
        "UTF-32LE | application/json; charset=utf-8",
        "UTF-32BE | none",
      })
  void whatIsUnicode_isReadWhateverTheHeaderSays(String encoding, String header) {
    Charset charset = Charset.forName(encoding);
    assertThat(ReplyText.of(JSON.getBytes(charset), header), is(JSON));
    assertThat(ReplyText.of(("\uFEFF" + JSON).getBytes(charset), header), is(JSON));
  }

  @ParameterizedTest
  @CsvSource({"ISO-8859-1", "windows-1252"})
  void whatIsNot_isReadAsTheHeaderSays(String encoding) {
    byte[] bytes = WESTERN.getBytes(Charset.forName(encoding));
    assertThat(ReplyText.of(bytes, "application/json; charset=" + encoding), is(WESTERN));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {"none", "application/json", "application/json; charset=klingon"})
  void whatFitsNone_isReadAsFarAsItGoes(String header) {
    byte[] bytes = "größer".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(ReplyText.of(bytes, header), is("gr\uFFFD\uFFFDer"));
  }

  @Test
  void fewBytes_areUtf8() {
    for (String text : new String[] {"", "1", "{}", "é"}) {
      assertThat(ReplyText.of(text.getBytes(StandardCharsets.UTF_8), null), is(text));
    }
  }
}
