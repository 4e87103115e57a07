package io.sluice.internal.http;

import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpContent;
import com.google.api.client.http.HttpHeaders;
import com.google.api.client.http.HttpRequest;
import com.google.api.client.http.HttpRequestFactory;
import com.google.api.client.http.HttpResponse;
import com.google.api.client.http.apache.v5.Apache5HttpTransport;
import io.sluice.ErrorKind;
import io.sluice.spi.ApiKey;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * One address of a provider, over pooled connections. A call is one request and takes at most the
 * timeout, a server that sends its answer drop by drop included (within one socket time-out).
 * Thread-safe.
 */
public final class Endpoint implements AutoCloseable {
  private static final Duration MAX_CONNECT = Duration.ofSeconds(5);
  private static final int MAX_BODY_BYTES = 64 << 20;

  /** What a provider's answers mean. Thread-safe. */
  public interface Wire {
    /**
     * @param body as far as it could be read
     * @param what the request, for messages
     */
    Reply read(int status, HttpHeaders headers, String body, String what);
  }

  private final Connection connection;
  private final Map<String, String> ownHeaders;
  private final Wire wire;
  private final CloseableHttpClient client;
  private final HttpRequestFactory requests;
  private final GenericUrl url;
  private final String what;

  /**
   * @param path after the base URL
   * @param ownHeaders of the wire format; the provider's win over them
   */
  public Endpoint(Connection connection, String path, Map<String, String> ownHeaders, Wire wire) {
    this.connection = connection;
    this.ownHeaders = ownHeaders;
    this.wire = wire;
    this.client = client(connection);
    this.requests = new Apache5HttpTransport(client).createRequestFactory();
    this.url = url(connection, path);
    this.what = "POST " + url.buildAuthority() + url.getRawPath();
  }

  private static CloseableHttpClient client(Connection connection) {
    long millis = connection.timeout().toMillis();
    ConnectionConfig config =
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.ofMilliseconds(Math.min(millis, MAX_CONNECT.toMillis())))
            .setSocketTimeout(Timeout.ofMilliseconds(millis))
            // A server may have closed a connection that lay idle: look before using it again.
            .setValidateAfterInactivity(TimeValue.ofSeconds(1))
            .build();
    return HttpClientBuilder.create()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(connection.maxConnections())
                .setMaxConnPerRoute(connection.maxConnections())
                .setDefaultConnectionConfig(config)
                .setDefaultSocketConfig(SocketConfig.custom().setTcpNoDelay(true).build())
                .build())
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableAuthCaching()
        .build();
  }

  /** Sends one request once; failures are returned, not thrown. */
  public Reply post(Request request) {
    return post(request.body(), wire);
  }

  /** Sends a body once, whose answer is read in a way of its own. */
  public Reply post(String requestBody, Wire reader) {
    long deadline = System.nanoTime() + connection.timeout().toNanos();
    boolean sent = false;
    try {
      HttpResponse response =
          request(
                  "POST",
                  url,
                  new ByteArrayContent(
                      "application/json; charset=utf-8",
                      requestBody.getBytes(StandardCharsets.UTF_8)))
              .execute();
      sent = true;
      return scrub(read(response, deadline, reader, what));
    } catch (IOException e) {
      return scrub(broken(e, sent, what));
    }
  }

  /** A path under the base URL, with the provider's own query. */
  static GenericUrl url(Connection connection, String path) {
    GenericUrl under = new GenericUrl(connection.provider().baseUrl().replaceAll("/+$", "") + path);
    connection.provider().query().forEach(under::set);
    return under;
  }

  /** A request with its headers and time-outs, not sent yet. */
  HttpRequest request(String method, GenericUrl to, @Nullable HttpContent content)
      throws IOException {
    HttpRequest http = requests.buildRequest(method, to, content);
    setHeaders(http.getHeaders());
    return http.setSuppressUserAgentSuffix(true)
        .setThrowExceptionOnExecuteError(false)
        .setFollowRedirects(false)
        .setNumberOfRetries(0)
        .setLoggingEnabled(false)
        .setConnectTimeout((int) Math.min(connection.timeout().toMillis(), MAX_CONNECT.toMillis()))
        .setReadTimeout((int) connection.timeout().toMillis());
  }

  private void setHeaders(HttpHeaders headers) {
    headers.setUserAgent("sluice");
    headers.setAccept("application/json");
    // As lists, because fields that the client knows by name take nothing else.
    ownHeaders.forEach((name, value) -> headers.set(name, List.of(value)));
    connection.provider().headers().forEach((name, value) -> headers.set(name, List.of(value)));
    ApiKey key = connection.apiKey();
    if (key != null) {
      String header = connection.provider().authHeader();
      boolean bearer = header.equalsIgnoreCase("Authorization");
      headers.set(header, List.of(bearer ? "Bearer " + key.reveal() : key.reveal()));
    }
  }

  Reply read(HttpResponse response, long deadline, Wire reader, String asked) throws IOException {
    int status = response.getStatusCode();
    HttpHeaders headers = response.getHeaders();
    boolean whole = false;
    try {
      String body = body(response, deadline);
      whole = true;
      return reader.read(status, headers, body, asked);
    } catch (IOException e) {
      if (status != 200) {
        // The status says enough; what the body would have added is lost.
        return reader.read(status, headers, "", asked);
      }
      throw e;
    } finally {
      if (!whole) {
        // Not reading to the end would leave the rest of the body on a connection that is reused.
        disconnect(response);
      }
    }
  }

  static void disconnect(HttpResponse response) {
    try {
      response.disconnect();
    } catch (IOException e) {
      // It tries to read the rest, which breaks as the body did: what came of the call is known.
    }
  }

  private static String body(HttpResponse response, long deadline) throws IOException {
    InputStream in = response.getContent();
    if (in == null) {
      return "";
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(2048);
    byte[] buffer = new byte[8192];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      out.write(buffer, 0, read);
      if (System.nanoTime() > deadline) {
        throw new InterruptedIOException("the answer was not complete in time");
      }
      if (out.size() > MAX_BODY_BYTES) {
        throw new IOException("the answer is larger than " + MAX_BODY_BYTES + " bytes");
      }
    }
    in.close();
    return out.toString(StandardCharsets.UTF_8);
  }

  Reply.Failed broken(IOException e, boolean sent, String asked) {
    boolean connecting =
        e instanceof ConnectException
            || e instanceof ConnectTimeoutException
            || e instanceof UnknownHostException
            || e instanceof NoRouteToHostException
            || (e instanceof SSLException && !sent);
    boolean timeout = e instanceof InterruptedIOException && !connecting;
    return new Reply.Failed(
        timeout ? ErrorKind.TIMEOUT : ErrorKind.TRANSPORT,
        timeout ? Scope.LOAD : Scope.ROW,
        true,
        timeout
            ? asked + " was not answered within " + connection.timeout().toMillis() + " ms"
            : asked + " broke: " + e.getClass().getSimpleName() + ": " + e.getMessage(),
        null,
        null,
        null,
        connecting ? Billing.NOT_BILLED : Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }

  Reply scrub(Reply reply) {
    ApiKey key = connection.apiKey();
    if (key == null || !(reply instanceof Reply.Failed failed)) {
      return reply;
    }
    return new Reply.Failed(
        failed.kind(),
        failed.scope(),
        failed.retryable(),
        key.scrub(failed.message()),
        failed.status(),
        failed.code(),
        failed.retryAfter(),
        failed.billing(),
        failed.usage(),
        failed.raw() == null ? null : key.scrub(failed.raw()),
        failed.headers());
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (IOException e) {
      // Closing idle sockets failed: they are closed by the other side.
    }
  }
}
