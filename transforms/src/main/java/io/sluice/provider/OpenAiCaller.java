package io.sluice.provider;

import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpHeaders;
import com.google.api.client.http.HttpRequest;
import com.google.api.client.http.HttpRequestFactory;
import com.google.api.client.http.HttpResponse;
import com.google.api.client.http.apache.v5.Apache5HttpTransport;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.provider.Reply.Billing;
import io.sluice.provider.Reply.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
 * Calls chat completions or embeddings of OpenAI and every server compatible with it. A call is one
 * request over a pooled connection and takes at most the timeout, a server that sends its answer
 * drop by drop included (within one socket time-out). Thread-safe.
 */
public final class OpenAiCaller implements Caller {
  private static final Duration MAX_CONNECT = Duration.ofSeconds(5);
  private static final int MAX_BODY_BYTES = 64 << 20;

  /**
   * @param baseUrl the URL before {@code /chat/completions}
   * @param apiKey null sends no authorization
   * @param timeout of a whole call
   * @param maxConnections 1 or more
   */
  public record Options(
      String baseUrl,
      Operation operation,
      @Nullable ApiKey apiKey,
      Duration timeout,
      int maxConnections) {}

  private final Options options;
  private final CloseableHttpClient client;
  private final HttpRequestFactory requests;
  private final GenericUrl url;
  private final String what;

  private OpenAiCaller(Options options, CloseableHttpClient client) {
    this.options = options;
    this.client = client;
    this.requests = new Apache5HttpTransport(client).createRequestFactory();
    String path = options.operation() == Operation.EMBED ? "/embeddings" : "/chat/completions";
    this.url = new GenericUrl(options.baseUrl().replaceAll("/+$", "") + path);
    this.what = "POST " + url.buildAuthority() + url.getRawPath();
  }

  public static OpenAiCaller create(Options options) {
    long millis = options.timeout().toMillis();
    ConnectionConfig connection =
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.ofMilliseconds(Math.min(millis, MAX_CONNECT.toMillis())))
            .setSocketTimeout(Timeout.ofMilliseconds(millis))
            // A server may have closed a connection that lay idle: look before using it again.
            .setValidateAfterInactivity(TimeValue.ofSeconds(1))
            .build();
    CloseableHttpClient client =
        HttpClientBuilder.create()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setMaxConnTotal(options.maxConnections())
                    .setMaxConnPerRoute(options.maxConnections())
                    .setDefaultConnectionConfig(connection)
                    .setDefaultSocketConfig(SocketConfig.custom().setTcpNoDelay(true).build())
                    .build())
            .disableAutomaticRetries()
            .disableRedirectHandling()
            .disableCookieManagement()
            .disableAuthCaching()
            .build();
    return new OpenAiCaller(options, client);
  }

  @Override
  public Reply call(Request request) {
    long deadline = System.nanoTime() + options.timeout().toNanos();
    boolean sent = false;
    try {
      HttpRequest http =
          requests.buildPostRequest(
              url,
              new ByteArrayContent(
                  "application/json; charset=utf-8",
                  request.body().getBytes(StandardCharsets.UTF_8)));
      HttpHeaders headers = http.getHeaders();
      headers.setUserAgent("sluice");
      headers.setAccept("application/json");
      ApiKey key = options.apiKey();
      if (key != null) {
        headers.setAuthorization("Bearer " + key.reveal());
      }
      http.setSuppressUserAgentSuffix(true)
          .setThrowExceptionOnExecuteError(false)
          .setFollowRedirects(false)
          .setNumberOfRetries(0)
          .setLoggingEnabled(false)
          .setConnectTimeout((int) Math.min(options.timeout().toMillis(), MAX_CONNECT.toMillis()))
          .setReadTimeout((int) options.timeout().toMillis());
      HttpResponse response = http.execute();
      sent = true;
      return scrub(read(response, deadline));
    } catch (IOException e) {
      return scrub(broken(e, sent));
    }
  }

  private Reply read(HttpResponse response, long deadline) throws IOException {
    int status = response.getStatusCode();
    boolean whole = false;
    try {
      String body = body(response, deadline);
      whole = true;
      RateHeaders rates = RetryHints.rates(response.getHeaders());
      return status == 200
          ? OpenAiAnswers.read(body, options.operation(), rates, what)
          : OpenAiErrors.classify(status, response.getHeaders(), body, what);
    } catch (IOException e) {
      if (status != 200) {
        // The status says enough; what the body would have added is lost.
        return OpenAiErrors.classify(status, response.getHeaders(), "", what);
      }
      throw e;
    } finally {
      if (!whole) {
        // Not reading to the end would leave the rest of the body on a connection that is reused.
        response.disconnect();
      }
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

  private Reply.Failed broken(IOException e, boolean sent) {
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
            ? what + " was not answered within " + options.timeout().toMillis() + " ms"
            : what + " broke: " + e.getClass().getSimpleName() + ": " + e.getMessage(),
        null,
        null,
        null,
        connecting ? Billing.NOT_BILLED : Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }

  private Reply scrub(Reply reply) {
    ApiKey key = options.apiKey();
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
