package io.sluice.internal.http;

import com.google.api.client.http.GenericUrl;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.Retry;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.http.net.Bulk;
import io.sluice.internal.http.net.Patience;
import io.sluice.internal.http.net.Proxies;
import io.sluice.internal.http.net.StrayAnswerException;
import io.sluice.internal.http.net.Transport;
import io.sluice.internal.http.net.Transport.Exchange;
import io.sluice.internal.http.net.UnheardException;
import io.sluice.internal.http.net.Unpacked;
import io.sluice.internal.http.net.Watch;
import io.sluice.internal.text.Text;
import io.sluice.spi.ApiKey;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.jspecify.annotations.Nullable;

/**
 * One address of a provider, over pooled connections. A call is one request and takes at most the
 * timeout, from before it connects to after its answer is read, whatever the server does. The key
 * is taken out of what the server says before anything reads it. Thread-safe.
 */
public final class Endpoint implements AutoCloseable {
  /** Held against ours where a server, or a proxy before it, echoes them. */
  private static final List<String> REQUEST_IDS = List.of("x-request-id", "x-client-request-id");

  private static final String OURS = "sluice-";
  private static final Pattern NO_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  /** What a provider's answers mean. Thread-safe. */
  public interface Wire {
    /**
     * @param body as far as it could be read
     * @param what the request, for messages
     */
    Reply read(int status, MessageHeaders headers, String body, String what);
  }

  /** What an answer to several requests at once means for each. Thread-safe. */
  public interface PackedWire {
    /**
     * As {@link Wire#read}.
     *
     * @param replies gets one for each request, in their order; stays empty where the call as a
     *     whole has failed
     */
    Reply read(int status, MessageHeaders headers, String body, String what, List<Reply> replies);
  }

  /** What the vendors' own clients wait. */
  private static final Duration AS_LONG_AS_ANY = Duration.ofMinutes(10);

  private final Connection connection;
  private final Patience patience;
  private final Map<String, String> ownHeaders;
  private final Wire wire;
  private final Transport transport;
  private final @Nullable ApiKey way;
  private final URI uri;
  private final String ids = OURS + UUID.randomUUID() + "-";
  private final AtomicLong requests = new AtomicLong();
  private final String what;
  private final @Nullable Signer signer;

  /**
   * @param path after the base URL
   * @param ownHeaders of the wire format; the provider's win over them
   * @throws IllegalStateException where the proxy or the certificates of this process cannot be
   *     used; the message says what to do
   */
  public Endpoint(Connection connection, String path, Map<String, String> ownHeaders, Wire wire) {
    this(connection, path, ownHeaders, wire, Proxies.ofProcess());
  }

  Endpoint(
      Connection connection,
      String path,
      Map<String, String> ownHeaders,
      Wire wire,
      Proxies proxies) {
    this(connection, path, ownHeaders, wire, proxies, null);
  }

  /**
   * As above, with requests that are signed.
   *
   * @param signer null where the connection's key is sent instead
   */
  public Endpoint(
      Connection connection,
      String path,
      Map<String, String> ownHeaders,
      Wire wire,
      @Nullable Signer signer) {
    this(connection, path, ownHeaders, wire, Proxies.ofProcess(), signer);
  }

  private Endpoint(
      Connection connection,
      String path,
      Map<String, String> ownHeaders,
      Wire wire,
      Proxies proxies,
      @Nullable Signer signer) {
    this.connection = connection;
    this.signer = signer;
    this.ownHeaders = ownHeaders;
    this.wire = wire;
    GenericUrl url = url(connection, path);
    this.uri = url.toURI();
    Duration timeout = connection.timeout();
    this.patience =
        timeout.equals(Retry.DEFAULT.timeout())
            ? Patience.between(timeout, AS_LONG_AS_ANY)
            : Patience.of(timeout);
    this.transport = new Transport(uri, patience.most(), connection.maxConnections(), proxies);
    this.way = transport.secret();
    // Some gateways have the key in the path.
    this.what = scrub("POST " + url.buildAuthority() + url.getRawPath(), 0);
  }

  /** Sends one request once; failures are returned, not thrown. */
  public Reply post(Request request) {
    return post(request.body(), Map.of());
  }

  /** As above, a body with headers of its own. */
  public Reply post(String requestBody, Map<String, String> headers) {
    return post(requestBody, headers, wire);
  }

  /**
   * Sends a body once that asks for so many.
   *
   * @return one reply for each; where the call as a whole failed, all of them are that failure
   */
  public List<Reply> postPacked(String requestBody, int requests, PackedWire reader) {
    List<Reply> replies = new ArrayList<>(requests);
    Reply whole =
        post(
            requestBody,
            (status, headers, body, asked) -> reader.read(status, headers, body, asked, replies));
    return replies.isEmpty() ? Collections.nCopies(requests, whole) : replies;
  }

  /** Sends a body once, whose answer is read in a way of its own. */
  public Reply post(String requestBody, Wire reader) {
    return post(requestBody, Map.of(), reader);
  }

  private Reply post(String requestBody, Map<String, String> headers, Wire reader) {
    byte[] bytes = requestBody.getBytes(StandardCharsets.UTF_8);
    ContentType json = ContentType.create("application/json", StandardCharsets.UTF_8);
    try (Watch watch = Watch.of(patience)) {
      boolean sent = false;
      try {
        HttpUriRequestBase http = request("POST", uri);
        headers.forEach(http::setHeader);
        http.setEntity(new ByteArrayEntity(bytes, json));
        HttpUriRequestBase signed = signed(http, () -> new ByteArrayInputStream(bytes));
        try (Exchange exchange = transport.send(signed, watch)) {
          sent = true;
          Reply reply = read(exchange, http, watch, reader, what);
          if (!(reply instanceof Reply.Failed)) {
            watch.answered();
          }
          return reply == ANOTHERS ? ofItsConnection(anothers(what)) : reply;
        }
      } catch (UnheardException e) {
        return ofItsConnection(broken(e, sent, watch, what));
      } catch (IOException e) {
        return broken(e, sent, watch, what);
      }
    }
  }

  /**
   * A path under the base URL, with the provider's own query. Ids that a server has given stand in
   * it: a percent sign that begins no escape, or half of a character, is not what ends the job.
   */
  static GenericUrl url(Connection connection, String path) {
    String base = connection.provider().baseUrl().replaceAll("/+$", "");
    String whole = NO_ESCAPE.matcher(Text.whole(path)).replaceAll("%25");
    GenericUrl under = new GenericUrl(base + whole);
    if (under.getUserInfo() != null) {
      throw new IllegalStateException(
          "The provider's base URL has a user or password before its host "
              + under.getHost()
              + "; expected none: a key is named by its place");
    }
    connection.provider().query().forEach(under::set);
    return under;
  }

  Transport transport() {
    return transport;
  }

  /** A request with its headers, not sent yet. */
  HttpUriRequestBase request(String method, URI to) throws SigningException {
    HttpUriRequestBase http = new HttpUriRequestBase(method, to);
    http.setHeader("User-Agent", "sluice");
    http.setHeader("Accept", "application/json");
    http.setHeader("Accept-Encoding", "gzip");
    String id = ids + Long.toHexString(requests.incrementAndGet());
    REQUEST_IDS.forEach(name -> http.setHeader(name, id));
    ownHeaders.forEach(http::setHeader);
    connection.provider().headers().forEach(http::setHeader);
    ApiKey key = connection.apiKey();
    if (key != null) {
      String header = connection.provider().authHeader();
      String revealed = revealed(key);
      boolean bearer = header.equalsIgnoreCase("Authorization");
      http.setHeader(header, bearer ? "Bearer " + revealed : revealed);
    }
    return http;
  }

  /** The request itself, with a signature where requests are signed. */
  HttpUriRequestBase signed(HttpUriRequestBase http, Signer.Content content) throws IOException {
    if (signer == null) {
      return http;
    }
    HttpEntity entity = http.getEntity();
    String type = entity == null ? null : entity.getContentType();
    try {
      signer.sign(http.getMethod(), http.getUri(), type, content).forEach(http::setHeader);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("A request that was built has a URI", e);
    }
    return http;
  }

  private static String revealed(ApiKey key) throws SigningException {
    try {
      return key.reveal();
    } catch (UncheckedIOException | IllegalStateException e) {
      throw new SigningException(e);
    }
  }

  /** Stands for an answer that belongs to another request; never leaves this package. */
  static final Reply ANOTHERS = NoAnswer.unreadable("", null, RateHeaders.NONE);

  private static Reply.Failed ofItsConnection(Reply.Failed failed) {
    return new Reply.Failed(
        ErrorKind.TRANSPORT,
        Scope.CONNECTION,
        true,
        failed.message(),
        null,
        null,
        null,
        Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }

  static Reply.Failed anothers(String asked) {
    return NoAnswer.unreadable(
        asked + " was answered with the answer of another request: something on the way mixes them",
        null,
        RateHeaders.NONE);
  }

  /** Reads an answer; {@link #ANOTHERS} where it may be one to another request. */
  Reply read(Exchange exchange, HttpUriRequestBase sent, Watch watch, Wire reader, String asked)
      throws IOException {
    int code = exchange.response().getCode();
    // What else a gateway calls an answer that it hands on.
    int status = code == 201 || code == 202 || code == 203 || code == 206 ? 200 : code;
    MessageHeaders headers = headers(exchange.response());
    if (!isOurs(sent, headers)) {
      exchange.isOfAnother();
      return ANOTHERS;
    }
    try (Bulk.Held held = body(exchange, watch)) {
      if (exchange.isDoubtful()) {
        return ANOTHERS;
      }
      String body = scrub(ReplyText.of(held.bytes(), Told.header(headers, "content-type")), status);
      return understood(reader, status, headers, body, asked);
    } catch (IOException e) {
      if (status != 200 && !watch.isOver()) {
        // The status says enough; what the body would have added is lost.
        return understood(reader, status, headers, "", asked);
      }
      if (watch.isOver() || e instanceof InterruptedIOException) {
        throw e;
      }
      Reply.Failed broken = broken(e, true, watch, asked + " was answered 200, and its body");
      return NoAnswer.half(broken.message());
    }
  }

  /** Whatever a server says, its call ends as a reply that can be kept. */
  private static Reply understood(
      Wire reader, int status, MessageHeaders headers, String body, String asked) {
    try {
      return reader.read(status, headers, body, asked);
    } catch (RuntimeException | StackOverflowError e) {
      return NoAnswer.unreadable(
          asked
              + " was answered "
              + status
              + " with something that cannot be read ("
              + e.getClass().getSimpleName()
              + "): "
              + ErrorVerdict.cut(ErrorVerdict.strip(ErrorVerdict.cut(body))),
          null,
          RateHeaders.NONE);
    }
  }

  private static boolean isOurs(HttpUriRequestBase sent, MessageHeaders headers) {
    for (String name : REQUEST_IDS) {
      String echoed = Told.header(headers, name);
      Header own = sent.getFirstHeader(name);
      // Servers that give ids of their own are free to.
      if (echoed != null
          && echoed.startsWith(OURS)
          && own != null
          && own.getValue().startsWith(OURS)
          && !echoed.equals(own.getValue())) {
        return false;
      }
    }
    return true;
  }

  private MessageHeaders headers(ClassicHttpResponse response) {
    HeaderGroup headers = new HeaderGroup();
    for (Header header : response.getHeaders()) {
      String value = header.getValue() == null ? "" : header.getValue();
      headers.addHeader(new BasicHeader(header.getName(), scrub(value, response.getCode())));
    }
    return headers;
  }

  private static Bulk.Held body(Exchange exchange, Watch watch) throws IOException {
    Unpacked body = Unpacked.of(exchange.response().getEntity());
    return Bulk.ofProcess().read(body.in(), body.length(), watch);
  }

  Reply.Failed broken(IOException e, boolean sent, Watch watch, String asked) {
    if (e instanceof SigningException unsigned) {
      return unsigned.failed(asked);
    }
    boolean connecting =
        !sent
            && (e instanceof ConnectException
                || e instanceof ConnectTimeoutException
                || e instanceof UnknownHostException
                || e instanceof NoRouteToHostException
                || e instanceof StrayAnswerException
                || e instanceof SSLException);
    boolean timeout = watch.isOver() || (e instanceof InterruptedIOException && !connecting);
    String certificate = timeout || sent ? "" : Certificates.problem(e);
    boolean account = !certificate.isEmpty();
    ErrorKind broken = isNoHttp(e) ? ErrorKind.SERVER_ERROR : ErrorKind.TRANSPORT;
    return new Reply.Failed(
        timeout ? ErrorKind.TIMEOUT : account ? ErrorKind.ACCOUNT : broken,
        timeout ? Scope.LOAD : account ? Scope.ACCOUNT : Scope.ROW,
        !account,
        scrub(
            timeout
                ? asked
                    + " was not answered within "
                    + watch.limit().toMillis()
                    + " ms"
                    + transport.way()
                : asked
                    + " broke"
                    + transport.way()
                    + ": "
                    + e.getClass().getSimpleName()
                    + ": "
                    + e.getMessage()
                    + certificate,
            0),
        null,
        null,
        null,
        connecting ? Billing.NOT_BILLED : Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }

  /** Whether something came that is no answer: a server is there, and breaks at the request. */
  private static boolean isNoHttp(IOException e) {
    return e instanceof MessageConstraintException || e.getCause() instanceof HttpException;
  }

  /** What a server said, without the key; a short one only where it can be nothing else. */
  String scrub(String text, int status) {
    ApiKey key = connection.apiKey();
    String plain = key != null && (key.isSecret() || status != 200) ? key.scrub(text) : text;
    if (signer != null) {
      plain = status == 200 ? signer.scrubAnswer(plain) : signer.scrub(plain);
    }
    return way == null ? plain : way.scrub(plain);
  }

  @Override
  public void close() {
    transport.close();
  }
}
