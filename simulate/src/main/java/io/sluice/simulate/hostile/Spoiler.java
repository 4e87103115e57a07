package io.sluice.simulate.hostile;

import io.sluice.simulate.hostile.HostileFront.Message;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes the answers of one connection, as they are or spoilt. Not thread-safe. */
final class Spoiler {
  private static final int DROP_MILLIS = 200;

  private static final Pattern NUMBERS =
      Pattern.compile(
          "(\"[a-z_]*(?:tokens|created_at|expires_at|total|completed|succeeded|failed)\"\\s*:\\s*)"
              + "(?:\"[^\"]*\"|-?\\d+)");

  private final OutputStream out;
  private byte @Nullable [] last;

  Spoiler(OutputStream out) {
    this.out = out;
  }

  /**
   * @param hostility null for none
   * @throws IOException where the connection is to end, too
   */
  void answer(Message request, Message answer, @Nullable Hostility hostility)
      throws IOException, InterruptedException {
    byte[] right = answer.bytes();
    byte @Nullable [] before = last;
    last = right;
    if (hostility == null) {
      write(right);
      return;
    }
    switch (hostility) {
      case SURPLUS ->
          write(right, json(200, "", "{\"choices\":[{\"message\":{\"content\":\"too many\"}}]}"));
      case SHADOW -> write(before == null ? new byte[0] : before, right);
      case CLOSE -> {
        if (before != null) {
          throw new IOException("closed");
        }
        write(right);
      }
      case DRIP -> drip("HTTP/1.1 200 OK\r\nx: ", "y");
      case HEADERS -> drip("HTTP/1.1 200 OK\r\n", "x: y\r\n");
      case INTERIM -> drip("", "HTTP/1.1 102 Processing\r\n\r\n");
      case ENDLESS -> drip("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\n \r\n");
      case FLOOD -> flood();
      case WAIT ->
          write(json(503, "retry-after: 999999999\r\n", "{\"error\":{\"message\":\"busy\"}}"));
      case BARE -> write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      case NUMBERS -> write(numbers(answer));
      case DEEP -> write(json(200, "", "[".repeat(100_000)));
      case MARKS -> write(json(500, "", "<".repeat(400_000)));
      case KEY -> write(key(request));
      case PAGES -> write(pages(request, right));
    }
  }

  private void write(byte[]... parts) throws IOException {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    // In one piece, so that what is behind an answer is there when that is read.
    out.write(all);
    out.flush();
  }

  private void drip(String begin, String drop) throws IOException, InterruptedException {
    write(begin.getBytes(StandardCharsets.US_ASCII));
    while (true) {
      Thread.sleep(DROP_MILLIS);
      write(drop.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private void flood() throws IOException {
    write(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII));
    byte[] chunk = ("2000\r\n" + " ".repeat(0x2000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    while (true) {
      write(chunk);
    }
  }

  private static byte[] json(int status, String headers, String body) {
    return ("HTTP/1.1 "
            + status
            + " Said\r\ncontent-type: application/json\r\n"
            + headers
            + "content-length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** The right answer with numbers that cannot be; a body that is not JSON stays. */
  private static byte[] numbers(Message answer) {
    String body = answer.text();
    String[] lies = {"-5", "1e17", "99999999999999999999999999", "\"soon\""};
    String spoilt =
        NUMBERS
            .matcher(body)
            .replaceAll(match -> match.group(1) + lies[Math.floorMod(match.start(), lies.length)]);
    return spoilt.equals(body) || !answer.header("transfer-encoding").isEmpty()
        ? answer.bytes()
        : json(200, "", spoilt.replaceAll("[^\\x00-\\x7f]", "?"));
  }

  private static byte[] key(Message request) {
    String bearer = request.header("authorization").replaceFirst("(?i)^bearer\\s+", "");
    String key = bearer.isEmpty() ? request.header("x-api-key") : bearer;
    StringBuilder escaped = new StringBuilder();
    key.chars().forEach(c -> escaped.append(String.format("\\u%04x", c)));
    return json(
        500,
        "x-debug: " + key + "\r\n",
        "{\"error\":{\"message\":\""
            + "m".repeat(490)
            + key
            + "\",\"code\":\""
            + key
            + "\",\"type\":\""
            + escaped
            + "\"}}");
  }

  /** A page of batches, of which none is the last; for all other requests the right answer. */
  private static byte[] pages(Message request, byte[] right) {
    String line = request.firstLine();
    return line.startsWith("GET ") && line.contains("batches?")
        ? json(
            200,
            "",
            "{\"has_more\":true,\"data\":[{\"id\":\"b"
                + Math.floorMod(line.hashCode() * 31, 1_000_000)
                + "\"}]}")
        : right;
  }
}
