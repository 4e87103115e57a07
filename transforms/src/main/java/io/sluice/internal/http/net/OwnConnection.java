package io.sluice.internal.http.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * A connection that carries one request at a time, and gives each answer to the request that it
 * came for. HTTP/1.1 tells them apart by nothing but their order: one answer too many, from a
 * server or something in front of it, and every answer behind it is another document's. So nothing
 * may lie on the connection when a request is sent, and nothing behind its answer; a connection
 * with anything there is closed, and its server is not trusted with kept connections any more.
 *
 * <p>It logs nothing: what would show an answer or the key is left out, not switched off. Used by
 * one thread at a time, except for {@link #close(CloseMode)}.
 */
final class OwnConnection extends DefaultBHttpClientConnection
    implements ManagedHttpClientConnection {
  /** An answer line or header is shorter; so are the lines between the chunks of a body. */
  private static final Http1Config BOUNDS =
      Http1Config.custom()
          .setMaxLineLength(32 << 10)
          .setMaxHeaderCount(300)
          .setMaxEmptyLineCount(10)
          .build();

  private static final int MOST_INTERIM = 100;
  private static final Timeout INSTANT = Timeout.ofMilliseconds(1);

  private final Trust trust;
  private volatile @Nullable Socket raw;
  private volatile boolean aborted;
  private @Nullable SessionInputBufferImpl buffer;
  private Timeout socketTimeout = Timeout.ZERO_MILLISECONDS;
  private @Nullable Trace trace;
  private int answers;
  private int interim;

  OwnConnection(Trust trust) {
    super(BOUNDS, null, null);
    this.trust = trust;
  }

  /** Whether a server's connections may be used again. Thread-safe. */
  static final class Trust {
    /** More kept connections than a job has, closed one after another, are no coincidence. */
    private static final int MOST_UNHEARD = 200;

    private final AtomicInteger unheard = new AtomicInteger();
    private volatile boolean doubted;
    private volatile boolean lost;

    /** Whether a kept connection was found to be closed too late. */
    boolean isDoubted() {
      return doubted;
    }

    boolean isLost() {
      return lost;
    }

    /** A request on a kept connection had no answer. */
    void unheard() {
      doubted = true;
      lost |= unheard.incrementAndGet() >= MOST_UNHEARD;
    }

    /** A request on a kept connection was answered. */
    void heard() {
      if (unheard.get() > 0) {
        unheard.set(0);
      }
    }

    void lose() {
      lost = true;
    }
  }

  /**
   * Takes a request's side of the connection.
   *
   * @throws StrayAnswerException where something lies on it that nobody has asked for
   */
  void begin(Trace of) throws IOException {
    boolean used = answers > 0;
    of.on(this, used, received());
    if (used && (of.mustBeFresh() || trust.isLost())) {
      throw new StrayAnswerException("the connection has been used before");
    }
    if (used ? isUnread() : isDataAvailable(INSTANT)) {
      trust.lose();
      throw new StrayAnswerException("the server answered before it was asked");
    }
    trace = of;
  }

  /** The bytes that have come so far. */
  long received() {
    EndpointDetails details = getEndpointDetails();
    return details == null ? 0 : details.getReceivedBytesCount();
  }

  /** Without waiting; bytes of TLS that are no answer's do not count. */
  private boolean isUnread() throws IOException {
    SessionInputBufferImpl in = buffer;
    if (in != null && in.hasBufferedData()) {
      return true;
    }
    Socket plain = raw;
    SocketHolder bound = getSocketHolder();
    if (plain == null || bound == null) {
      return false;
    }
    boolean some = bound.getInputStream().available() > 0 || plain.getInputStream().available() > 0;
    return some && isDataAvailable(INSTANT);
  }

  @Override
  public boolean isStale() throws IOException {
    if (super.isStale()) {
      return true;
    }
    boolean unread = isUnread();
    if (unread) {
      trust.lose();
    }
    return unread;
  }

  /**
   * Asked when an answer is read to its end, whether another request may use the connection or not:
   * what lies behind an answer says whose it is.
   */
  @Override
  public boolean isConsistent() {
    Trace of = trace;
    try {
      if (isOpen() && isUnread()) {
        trust.lose();
        if (of != null) {
          of.followed();
        }
        return false;
      }
    } catch (IOException e) {
      return false;
    }
    return super.isConsistent() && !trust.isLost() && (of == null || !of.isLast());
  }

  @Override
  public void sendRequestHeader(ClassicHttpRequest request) throws HttpException, IOException {
    interim = 0;
    super.sendRequestHeader(request);
  }

  @Override
  public void flush() throws IOException {
    super.flush();
    Trace of = trace;
    if (of != null) {
      of.sent();
    }
  }

  @Override
  public ClassicHttpResponse receiveResponseHeader() throws HttpException, IOException {
    ClassicHttpResponse response = super.receiveResponseHeader();
    if (response.getCode() < 200 && ++interim > MOST_INTERIM) {
      throw new ProtocolException("the server sent more than " + MOST_INTERIM + " interim answers");
    }
    return response;
  }

  @Override
  protected void onResponseReceived(ClassicHttpResponse response) {
    if (trace != null && response.getCode() >= 200) {
      if (answers++ > 0) {
        trust.heard();
      }
    }
  }

  @Override
  protected InputStream createContentInputStream(
      long length, SessionInputBuffer in, InputStream from) {
    buffer = in instanceof SessionInputBufferImpl own ? own : null;
    return super.createContentInputStream(length, in, from);
  }

  @Override
  public void bind(Socket socket) throws IOException {
    if (!(socket instanceof SSLSocket)) {
      raw = socket;
    }
    if (aborted) {
      socket.close();
      throw new InterruptedIOException("the call was aborted");
    }
    super.bind(socket);
    socketTimeout = Timeout.ofMilliseconds(socket.getSoTimeout());
  }

  @Override
  public @Nullable Socket getSocket() {
    SocketHolder bound = getSocketHolder();
    return bound == null ? null : bound.getSocket();
  }

  @Override
  public void setSocketTimeout(Timeout timeout) {
    socketTimeout = timeout;
    super.setSocketTimeout(timeout);
  }

  @Override
  public void passivate() {
    trace = null;
    super.setSocketTimeout(Timeout.ZERO_MILLISECONDS);
  }

  @Override
  public void activate() {
    super.setSocketTimeout(socketTimeout);
  }

  /**
   * The socket first, whoever reads: TLS would read what the other side still has to say, or wait
   * for a writer that is stuck.
   */
  @Override
  public void close(CloseMode mode) {
    if (mode == CloseMode.IMMEDIATE) {
      aborted = true;
    }
    Socket plain = raw;
    if (plain != null) {
      try {
        if (mode == CloseMode.IMMEDIATE) {
          plain.setSoLinger(true, 0);
        }
        plain.close();
      } catch (IOException e) {
        // Closed already, perhaps by the other side.
      }
    }
    super.close(CloseMode.IMMEDIATE);
  }

  /** Never politely: what the other side still has to say is read by nobody. */
  @Override
  public void close() {
    close(CloseMode.IMMEDIATE);
  }
}
