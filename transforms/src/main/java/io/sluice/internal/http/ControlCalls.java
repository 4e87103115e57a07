package io.sluice.internal.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.http.AbstractInputStreamContent;
import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.EmptyContent;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpContent;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.http.net.Bulk;
import io.sluice.internal.http.net.Transport.Exchange;
import io.sluice.internal.http.net.Unpacked;
import io.sluice.internal.http.net.Watch;
import io.sluice.internal.text.ForeignJson;
import io.sluice.internal.text.Text;
import io.sluice.spi.BatchApi.BodyReader;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Map;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a provider that ask no model: files and batches. Each is sent once. An upload or a
 * download may take longer than the time-out of the connection, and has it again for every 16 KiB
 * that it moves: neither silence nor a byte a second keeps it. Thread-safe.
 */
public final class ControlCalls implements AutoCloseable {
  private static final ObjectMapper JSON = ForeignJson.MAPPER;

  private static final String JSON_TYPE = "application/json; charset=utf-8";

  private final Connection connection;
  private final Endpoint.Wire errors;
  private final Endpoint endpoint;

  /**
   * @param headers of the wire format; the provider's win over them
   * @param errors reads what is no success
   */
  public ControlCalls(Connection connection, Map<String, String> headers, Endpoint.Wire errors) {
    this(connection, headers, errors, null);
  }

  /**
   * As above, with requests that are signed.
   *
   * @param signer null where the connection's key is sent instead
   */
  public ControlCalls(
      Connection connection,
      Map<String, String> headers,
      Endpoint.Wire errors,
      @Nullable Signer signer) {
    this.connection = connection;
    this.errors = errors;
    this.endpoint = new Endpoint(connection, "", headers, errors, signer);
  }

  /**
   * A success.
   *
   * @param body JSON, missing where it is empty
   */
  public record Answered(JsonNode body, MessageHeaders headers) {
    /** A header's value; empty where there is none. */
    public String header(String name) {
      String value = Told.header(headers, name);
      return value == null ? "" : value;
    }
  }

  /**
   * Sends a request.
   *
   * @param path after the base URL
   * @param query beside the provider's own
   * @param content null for none
   * @return the body of a 200, which is JSON or empty
   * @throws CallFailedException for everything else
   */
  public JsonNode call(
      String method, String path, Map<String, String> query, @Nullable HttpContent content)
      throws CallFailedException {
    return ask(method, path, query, Map.of(), content).body();
  }

  /**
   * Sends JSON, as {@link #call}.
   *
   * @throws CallFailedException for everything but a success
   */
  public JsonNode post(String path, String json) throws CallFailedException {
    return call("POST", path, Map.of(), ByteArrayContent.fromString(JSON_TYPE, json));
  }

  /**
   * A page of batches.
   *
   * @throws CallFailedException for everything but a success, and for one that is none: what is not
   *     understood may hold what is looked for
   */
  public JsonNode page(String path, Map<String, String> query) throws CallFailedException {
    JsonNode page = call("GET", path, query, null);
    if (!page.isObject() || page.hasNonNull("error")) {
      throw noList(path);
    }
    return page;
  }

  /**
   * As above, where a page without batches has an empty list.
   *
   * @param lists the fields that may hold it
   */
  public JsonNode page(String path, Map<String, String> query, String... lists)
      throws CallFailedException {
    JsonNode page = page(path, query);
    for (String list : lists) {
      if (page.path(list).isArray()) {
        return page;
      }
    }
    throw noList(path);
  }

  private CallFailedException noList(String path) {
    return NoAnswer.thrown(
        what("GET", url(path, Map.of())) + " was answered without a list of batches");
  }

  /**
   * What a list names.
   *
   * @param list the field that holds it
   * @param name the field of each that is read
   * @throws CallFailedException for everything but a success
   */
  public List<String> names(String path, Map<String, String> query, String list, String name)
      throws CallFailedException {
    return call("GET", path, query, null)
        .path(list)
        .valueStream()
        .map(one -> one.path(name).asText())
        .toList();
  }

  /**
   * As {@link #call}, with headers of its own, and with those of the answer.
   *
   * @throws CallFailedException for everything but a success
   */
  public Answered ask(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      @Nullable HttpContent content)
      throws CallFailedException {
    GenericUrl url = url(path, query);
    String what = what(method, url);
    @Nullable JsonNode[] answered = new JsonNode[1];
    HeaderGroup given = new HeaderGroup();
    Reply reply = Endpoint.anothers(what);
    boolean sent = false;
    try (Watch watch = Watch.of(connection.timeout())) {
      HttpUriRequestBase http = request(method, url, body(method, content), watch);
      headers.forEach(http::setHeader);
      try (Exchange exchange =
          endpoint.transport().send(endpoint.signed(http, () -> open(content, watch)), watch)) {
        sent = true;
        Reply read =
            endpoint.read(
                exchange,
                http,
                watch,
                (status, told, body, asked) -> {
                  if (!isSuccess(status)) {
                    return errors.read(status, told, body, asked);
                  }
                  given.setHeaders(told.getHeaders());
                  answered[0] = parse(body);
                  return NoAnswer.unreadable(
                      asked + " was answered " + status + " with a body that is not JSON",
                      null,
                      RateHeaders.NONE);
                },
                what);
        reply = read == Endpoint.ANOTHERS ? reply : read;
      } catch (IOException e) {
        reply = endpoint.broken(e, sent, watch, what);
      }
    } catch (SigningException e) {
      reply = e.failed(what);
    }
    JsonNode body = answered[0];
    if (body == null) {
      throw failed(reply);
    }
    return new Answered(body, given);
  }

  private HttpUriRequestBase request(
      String method, GenericUrl url, @Nullable HttpContent content, Watch watch)
      throws SigningException {
    HttpUriRequestBase http = endpoint.request(method, url.toURI());
    if (content != null) {
      http.setEntity(new ContentEntity(content, watch));
    }
    return http;
  }

  /** What a signature is made of: read before it is sent, and so from its beginning. */
  private static InputStream open(@Nullable HttpContent content, Watch watch) throws IOException {
    return content instanceof AbstractInputStreamContent read
        ? moving(read.getInputStream(), watch)
        : InputStream.nullInputStream();
  }

  /** What earns its time by what is read of it. */
  private static InputStream moving(InputStream in, Watch watch) {
    return new FilterInputStream(in) {
      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = in.read(bytes, offset, length);
        if (watch.isOver()) {
          throw new InterruptedIOException("it came too slowly");
        }
        watch.moved(Math.max(0, read));
        return read;
      }
    };
  }

  /** A POST says that it has no body: some servers refuse one that says nothing (411). */
  private static @Nullable HttpContent body(String method, @Nullable HttpContent content) {
    return content == null && method.equals("POST") ? new EmptyContent() : content;
  }

  private static @Nullable JsonNode parse(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /**
   * Reads a body of any size as it arrives.
   *
   * @throws CallFailedException where the answer is not a 200 or breaks off; what was read by then
   *     has been read
   */
  public void download(String path, BodyReader reader) throws CallFailedException {
    GenericUrl url = url(path, Map.of());
    String what = what("GET", url);
    Reply reply;
    boolean sent = false;
    try (Watch watch = Watch.of(connection.timeout())) {
      HttpUriRequestBase http = request("GET", url, null, watch);
      try (Exchange exchange =
          endpoint.transport().send(endpoint.signed(http, InputStream::nullInputStream), watch)) {
        sent = true;
        if (isSuccess(exchange.response().getCode())) {
          stream(Unpacked.of(exchange.response().getEntity()).in(), watch, reader);
          return;
        }
        reply = endpoint.read(exchange, http, watch, errors, what);
        reply = reply == Endpoint.ANOTHERS ? Endpoint.anothers(what) : reply;
      } catch (IOException e) {
        reply = endpoint.broken(e, sent, watch, what);
      }
    } catch (SigningException e) {
      reply = e.failed(what);
    }
    throw failed(reply);
  }

  private void stream(InputStream in, Watch watch, BodyReader reader) throws IOException {
    reader.read(
        new ScrubbedLines(
            ReplyText.utf8(moving(in, watch)), text -> endpoint.scrub(text, 200), Bulk.LARGEST));
  }

  private static boolean isSuccess(int status) {
    return status >= 200 && status < 300;
  }

  private GenericUrl url(String path, Map<String, String> query) {
    GenericUrl url = Endpoint.url(connection, path);
    query.forEach((name, value) -> url.set(name, Text.whole(value)));
    return url;
  }

  private String what(String method, GenericUrl url) {
    return endpoint.scrub(method + " " + url.buildAuthority() + url.getRawPath(), 0);
  }

  private CallFailedException failed(Reply reply) {
    if (reply instanceof Reply.Failed failed) {
      return new CallFailedException(failed);
    }
    throw new IllegalStateException("An error was read as an answer");
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
