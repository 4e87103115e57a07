package io.sluice.internal.http.net;

import io.sluice.spi.ApiKey;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultConnectionKeepAliveStrategy;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.SSLConnectionSocketFactory;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Pooled connections to one address, over the proxy that it is reached by. A request is sent once,
 * but for a kept connection that closed before all of it was sent. Certificates are trusted, and
 * shown, as Java's properties say ({@code javax.net.ssl.trustStore}, {@code keyStore}).
 * Thread-safe.
 */
public final class Transport implements AutoCloseable {
  private static final int LEAST_SECRET = 8;

  private static final Duration MAX_CONNECT = Duration.ofSeconds(5);
  private static final TimeValue LOOK_AFTER_IDLE = TimeValue.ofMilliseconds(50);
  private static final String TRACE = "sluice.trace";

  /** How much earlier than it says a server may close a connection that lies idle. */
  private static final long MARGIN_MILLIS = 500;

  /** Google's client has its own log of requests; held, since loggers are collected. */
  private static final Logger GOOGLES = Logger.getLogger("com.google.api.client.http");

  static {
    GOOGLES.setLevel(Level.WARNING);
  }

  private final OwnConnection.Trust trust = new OwnConnection.Trust();
  private final PoolingHttpClientConnectionManager pool;
  private final CloseableHttpClient client;
  private final RequestConfig times;
  private final Lookups lookups;
  private final Proxies.@Nullable Proxy proxy;

  /** A response, and its connection for as long as it is read. Closed at once, never drained. */
  public final class Exchange implements AutoCloseable {
    private final HttpUriRequestBase request;
    private final ClassicHttpResponse response;
    private final Trace trace;

    Exchange(HttpUriRequestBase request, ClassicHttpResponse response, Trace trace) {
      this.request = request;
      this.response = response;
      this.trace = trace;
    }

    public ClassicHttpResponse response() {
      return response;
    }

    /**
     * Whether the answer, which is read to its end, may be another request's: its connection was
     * used before, and has another one behind it.
     */
    public boolean isDoubtful() {
      return trace.isDoubtful();
    }

    /** The answer is another request's. */
    public void isOfAnother() {
      trust.lose();
    }

    @Override
    public void close() {
      // Before the response is closed, which would read what is left of it.
      request.cancel();
    }
  }

  /**
   * @param target whose proxy is asked for
   * @throws IllegalStateException where the proxy or the certificates are named in a way that
   *     cannot be used
   */
  public Transport(URI target, Duration timeout, int connections, Proxies proxies) {
    this(target, timeout, connections, proxies, new Lookups(timeout));
  }

  Transport(URI target, Duration timeout, int connections, Proxies proxies, Lookups lookups) {
    this.lookups = lookups;
    String scheme = target.getScheme() == null ? "https" : target.getScheme();
    String host = target.getHost() == null ? "" : target.getHost();
    this.proxy = proxies.of(scheme, host, target.getPort());
    Timeout limit = Timeout.of(timeout);
    Timeout connect = Timeout.of(timeout.compareTo(MAX_CONNECT) < 0 ? timeout : MAX_CONNECT);
    this.times =
        RequestConfig.custom()
            .setConnectionRequestTimeout(limit)
            .setResponseTimeout(limit)
            .setRedirectsEnabled(false)
            .build();
    this.pool = pool(trust, limit, connect, connections, sockets(limit, proxy, lookups), lookups);
    // What is packed is known by its bytes: see Unpacked.
    this.client = client(pool, trust, proxies, proxy).disableContentCompression().build();
  }

  /** A client for Google's own services, over the proxies of this process. */
  public static CloseableHttpClient forGoogle(Duration connect, Duration read) {
    OwnConnection.Trust trust = new OwnConnection.Trust();
    return client(
            pool(
                trust,
                Timeout.of(read),
                Timeout.of(connect),
                5,
                sockets(Timeout.of(read), null, new Lookups(read)),
                new Lookups(read)),
            trust,
            Proxies.ofProcess(),
            null)
        .build();
  }

  private static PoolingHttpClientConnectionManager pool(
      OwnConnection.Trust trust,
      Timeout limit,
      Timeout connect,
      int connections,
      SocketConfig sockets,
      Lookups lookups) {
    return PoolingHttpClientConnectionManagerBuilder.create()
        .setMaxConnTotal(connections)
        .setMaxConnPerRoute(connections)
        .setConnectionFactory(socket -> new OwnConnection(trust))
        .setSSLSocketFactory(certificates())
        .setConnectionConfigResolver(
            route ->
                ConnectionConfig.custom()
                    .setConnectTimeout(connect)
                    .setSocketTimeout(limit)
                    // A server may have closed a connection that lay idle: look before using it
                    // again. A look takes a millisecond; where one has closed at once it is due.
                    .setValidateAfterInactivity(
                        trust.isDoubted() ? TimeValue.ZERO_MILLISECONDS : LOOK_AFTER_IDLE)
                    .build())
        .setDefaultSocketConfig(sockets)
        .setDnsResolver(lookups)
        .build();
  }

  private static SocketConfig sockets(
      Timeout limit, Proxies.@Nullable Proxy proxy, Lookups lookups) {
    SocketConfig.Builder sockets = SocketConfig.custom().setTcpNoDelay(true).setSoTimeout(limit);
    if (proxy != null && proxy.isSocks()) {
      sockets.setSocksProxyAddress(address(proxy, lookups));
    }
    return sockets.build();
  }

  /** Without its name, which would be looked up with each connection. */
  private static InetSocketAddress address(Proxies.Proxy proxy, Lookups lookups) {
    try {
      byte[] found = lookups.resolve(proxy.host())[0].getAddress();
      return new InetSocketAddress(InetAddress.getByAddress(found), proxy.port());
    } catch (UnknownHostException e) {
      return InetSocketAddress.createUnresolved(proxy.host(), proxy.port());
    }
  }

  private static SSLConnectionSocketFactory certificates() {
    try {
      return new SSLConnectionSocketFactory(SSLContext.getDefault());
    } catch (NoSuchAlgorithmException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "The certificates that javax.net.ssl.trustStore and javax.net.ssl.keyStore name cannot be"
              + " read ("
              + cause.getMessage()
              + "); check their paths, types and passwords",
          e);
    }
  }

  private static HttpClientBuilder client(
      PoolingHttpClientConnectionManager pool,
      OwnConnection.Trust trust,
      Proxies proxies,
      Proxies.@Nullable Proxy of) {
    BasicCredentialsProvider users = new BasicCredentialsProvider();
    return HttpClientBuilder.create()
        .setConnectionManager(pool)
        .setRequestExecutor(new OneByOne())
        .setConnectionReuseStrategy(
            (request, response, context) -> {
              boolean keeps =
                  hasKnownBody(response.getCode())
                      && DefaultConnectionReuseStrategy.INSTANCE.keepAlive(
                          request, response, context);
              Trace trace = traceOf(request, context);
              if (trace == null) {
                return keeps && !trust.isLost();
              }
              if (!keeps) {
                trace.last();
              }
              // Decided by OwnConnection#isConsistent: one that is not to be kept would be closed
              // without a look at what lies behind the answer.
              return true;
            })
        .setKeepAliveStrategy((response, context) -> keepAlive(response, context))
        .setRoutePlanner(
            new DefaultRoutePlanner(null) {
              @Override
              protected @Nullable HttpHost determineProxy(HttpHost to, HttpContext context) {
                return host(of != null ? of : proxyOf(proxies, to), users);
              }
            })
        .setDefaultCredentialsProvider(users)
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableAuthCaching();
  }

  /**
   * Behind a status that has no body, or none that is known, one may come all the same, and late
   * enough to be the answer to whatever is asked next.
   */
  private static boolean hasKnownBody(int status) {
    return status >= 200 && status < 600 && status != 204 && status != 205 && status != 304;
  }

  private static Proxies.@Nullable Proxy proxyOf(Proxies proxies, HttpHost to) {
    return proxies.of(to.getSchemeName(), to.getHostName(), to.getPort());
  }

  /** The host of a proxy that is asked by HTTP; its user is told to nobody else. */
  private static @Nullable HttpHost host(
      Proxies.@Nullable Proxy proxy, BasicCredentialsProvider users) {
    if (proxy == null || proxy.isSocks()) {
      return null;
    }
    String user = proxy.user();
    if (user != null) {
      String password = proxy.password();
      users.setCredentials(
          new AuthScope(proxy.host(), proxy.port()),
          new UsernamePasswordCredentials(user, (password == null ? "" : password).toCharArray()));
    }
    return new HttpHost(proxy.scheme(), proxy.host(), proxy.port());
  }

  /** As long as the server says, less what the way to it may take. */
  private static TimeValue keepAlive(HttpResponse response, HttpContext context) {
    TimeValue said =
        DefaultConnectionKeepAliveStrategy.INSTANCE.getKeepAliveDuration(response, context);
    if (said == null || said.toMilliseconds() <= 0) {
      return said;
    }
    long millis = said.toMilliseconds();
    return TimeValue.ofMilliseconds(Math.max(millis / 2, millis - MARGIN_MILLIS));
  }

  /** That of a call; null for what opens the way to a server, and for others' requests. */
  private static @Nullable Trace traceOf(HttpRequest request, HttpContext context) {
    return context.getAttribute(TRACE) instanceof Trace trace
            && !request.getMethod().equalsIgnoreCase("CONNECT")
        ? trace
        : null;
  }

  /** Takes the connection's side before and after it carries a request. */
  private static final class OneByOne extends HttpRequestExecutor {
    @Override
    public ClassicHttpResponse execute(
        ClassicHttpRequest request,
        HttpClientConnection connection,
        @Nullable HttpResponseInformationCallback callback,
        HttpContext context)
        throws IOException, HttpException {
      Trace trace = traceOf(request, context);
      if (connection instanceof OwnConnection own && trace != null) {
        own.begin(trace);
      }
      return super.execute(request, connection, callback, context);
    }
  }

  /**
   * Sends a request. Where a kept connection turns out to be closed before the whole of it was
   * sent, a new one is opened at once.
   *
   * @throws UnheardException where a kept connection closed before one byte of an answer: it may
   *     have been closed already, or by a server that has read the request
   */
  public Exchange send(HttpUriRequestBase request, Watch watch) throws IOException {
    boolean mustBeFresh = false;
    request.setConfig(times);
    while (true) {
      Trace trace = new Trace(mustBeFresh);
      HttpClientContext context = HttpClientContext.create();
      context.setAttribute(TRACE, trace);
      watch.guard(request);
      lookups.begin(watch);
      try {
        ClassicHttpResponse response = client.executeOpen(null, request, context);
        trace.answered();
        return new Exchange(request, response, trace);
      } catch (StrayAnswerException e) {
        if (watch.isOver() || !trace.isOnUsed()) {
          throw e;
        }
      } catch (IOException e) {
        if (watch.isOver() || !trace.wasClosedBefore()) {
          throw e;
        }
        if (trace.isSent()) {
          trust.unheard();
          pool.closeIdle(TimeValue.ZERO_MILLISECONDS);
          throw new UnheardException(e);
        }
      } catch (IllegalStateException | NullPointerException e) {
        if (!watch.isOver()) {
          throw e;
        }
        // Between two steps of the client its connection was taken from it.
        throw new InterruptedIOException("the time was over before it was sent");
      } finally {
        lookups.end();
      }
      mustBeFresh = true;
      pool.closeIdle(TimeValue.ZERO_MILLISECONDS);
    }
  }

  /** How the address is reached, to follow it in a message: empty, or " through the proxy …". */
  public String way() {
    return proxy == null ? "" : " through the proxy " + proxy;
  }

  /**
   * A proxy's password, which must not be shown; null where there is none, or one of a few letters.
   */
  public @Nullable ApiKey secret() {
    String password = proxy == null ? null : proxy.password();
    return password == null || password.length() < LEAST_SECRET ? null : ApiKey.of(password);
  }

  @Override
  public void close() {
    client.close(CloseMode.IMMEDIATE);
  }
}
