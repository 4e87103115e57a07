package io.sluice.internal.http;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Answers that are packed: what their bytes are counts, and what the header calls them does not.
 */
@Timeout(60)
class PackedAnswersTest {
  private interface Packing {
    OutputStream to(OutputStream out) throws IOException;
  }

  private static byte[] packed(byte[] bytes, Packing packing) {
    ByteArrayOutputStream to = new ByteArrayOutputStream();
    try (OutputStream out = packing.to(to)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return to.toByteArray();
  }

  private static byte[] gzip(byte[] bytes) {
    return packed(bytes, GZIPOutputStream::new);
  }

  private static byte[] zlib(byte[] bytes) {
    return packed(bytes, DeflaterOutputStream::new);
  }

  private static byte[] deflate(byte[] bytes) {
    return packed(
        bytes,
        out -> new DeflaterOutputStream(out, new Deflater(Deflater.DEFAULT_COMPRESSION, true)));
  }

  private static final Map<String, Function<byte[], byte[]>> PACKINGS =
      Map.of(
          "plain", bytes -> bytes,
          "gzip", PackedAnswersTest::gzip,
          "twice", bytes -> gzip(gzip(bytes)),
          "zlib", PackedAnswersTest::zlib,
          "deflate", PackedAnswersTest::deflate);

  private static RawServer server(byte[] body, String encoding) throws IOException {
    String header = encoding.isEmpty() ? "" : "content-encoding: " + encoding + "\r\n";
    return new RawServer(
        talk -> {
          while (talk.read() != null) {
            OutputStream out = talk.socket().getOutputStream();
            out.write(
                ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                        + header
                        + "content-length: "
                        + body.length
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
          }
        });
  }

  private static Endpoint endpoint(RawServer to) {
    Provider provider =
        new Provider("openai", to.url(), KeySource.NONE, "Authorization", Map.of(), Map.of());
    Connection connection =
        new Connection(provider, Operation.CHAT, "m", null, Duration.ofSeconds(30), 10);
    return new Endpoint(
        connection,
        "/x",
        Map.of(),
        (status, headers, body, what) ->
            new Reply.Answered(body, "m", "stop", null, RateHeaders.NONE));
  }

  private static String answer(Reply reply) {
    return reply instanceof Reply.Answered answered ? answered.raw() : reply.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "plain, ''",
    "plain, identity",
    "plain, gzip",
    "plain, deflate",
    "plain, utf-8",
    "plain, br",
    "gzip, ''",
    "gzip, gzip",
    "gzip, x-gzip",
    "gzip, identity",
    "gzip, deflate",
    "gzip, 'gzip, identity'",
    "twice, gzip",
    "twice, ''",
    "zlib, ''",
    "zlib, deflate",
    "deflate, deflate"
  })
  void whatItsBytesAreIsRead_overOneConnection(String packing, String encoding) throws IOException {
    byte[] text = "{\"said\": \"größer, größer, größer\"}".getBytes(StandardCharsets.UTF_8);
    Function<byte[], byte[]> pack = Objects.requireNonNull(PACKINGS.get(packing));
    try (RawServer to = server(pack.apply(text), encoding);
        Endpoint endpoint = endpoint(to)) {
      for (int i = 0; i < 3; i++) {
        assertThat(
            answer(endpoint.post("{}", Map.of())), is(new String(text, StandardCharsets.UTF_8)));
      }
      assertThat(to.connections(), is(1));
    }
  }

  @Test
  void whatUnfoldsToMoreThanAnyAnswer_isItsCallsFailure() throws IOException {
    try (RawServer to = server(gzip(new byte[65 << 20]), "");
        Endpoint endpoint = endpoint(to)) {
      Reply reply = endpoint.post("{}", Map.of());
      assertThat(reply, is(instanceOf(Reply.Failed.class)));
      assertThat(((Reply.Failed) reply).message(), containsString("larger than"));
    }
  }

  @Test
  void whatIsCut_isHalfAnAnswer_andMayHaveBeenPaidFor() throws IOException {
    byte[] whole = gzip("{\"said\": \"größer\"}".getBytes(StandardCharsets.UTF_8));
    try (RawServer to = server(Arrays.copyOf(whole, whole.length - 12), "gzip");
        Endpoint endpoint = endpoint(to)) {
      Reply.Failed reply = (Reply.Failed) endpoint.post("{}", Map.of());
      assertThat(reply.message(), containsString("was answered 200, and its body broke"));
      assertThat(reply.kind(), is(ErrorKind.TRANSPORT));
      assertThat(reply.status(), is(200));
      assertThat(reply.billing(), is(Reply.Billing.UNKNOWN));
      assertThat(reply.retryable(), is(true));
    }
  }
}
