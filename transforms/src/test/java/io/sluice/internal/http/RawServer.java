package io.sluice.internal.http;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.spi.ApiKey;
import io.sluice.spi.Connection;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server that says byte for byte what a test wants, on loopback. */
public final class RawServer implements Closeable {
  /** What it does with a connection; one that breaks ends. */
  public interface Script {
    void run(Talk talk) throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();

  public RawServer(Script script) throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
  }

  public RawServer(ServerSocket server, Script script) {
    this.server = server;
    threads.execute(() -> accept(script));
  }

  /** One connection. */
  public final class Talk {
    private final Socket socket;
    private final int number;

    Talk(Socket socket, int number) {
      this.socket = socket;
      this.number = number;
    }

    /** From 1. */
    public int number() {
      return number;
    }

    /** The next request, headers and body; null when there is none any more. */
    public @Nullable String read() throws IOException {
      InputStream in = socket.getInputStream();
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        int c = in.read();
        if (c < 0) {
          return null;
        }
        head.write(c);
      }
      requests.incrementAndGet();
      String text = head.toString(StandardCharsets.ISO_8859_1);
      String lower = text.toLowerCase(Locale.ROOT);
      int at = lower.indexOf("content-length:");
      int length =
          at < 0 ? 0 : Integer.parseInt(lower.substring(at + 15, lower.indexOf('\r', at)).strip());
      return text + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    public void write(String text) throws IOException {
      write(text.getBytes(StandardCharsets.UTF_8));
    }

    public void write(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    }

    /**
     * Answers the next request without an end, a little at a time, until the other side has gone.
     */
    public void drip(String begin, String drop) throws IOException, InterruptedException {
      read();
      write(begin);
      while (true) {
        write(drop);
        Thread.sleep(20);
      }
    }

    public Socket socket() {
      return socket;
    }
  }

  /** A whole answer with a JSON body. */
  public static String answer(String body) {
    return answer(200, "", body);
  }

  /**
   * @param headers lines, each with its end
   */
  public static String answer(int status, String headers, String body) {
    return "HTTP/1.1 "
        + status
        + " Said\r\ncontent-type: application/json\r\n"
        + headers
        + "content-length: "
        + body.getBytes(StandardCharsets.UTF_8).length
        + "\r\n\r\n"
        + body;
  }

  private void accept(Script script) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        open.add(socket);
        Talk talk = new Talk(socket, connections.incrementAndGet());
        threads.execute(() -> run(script, talk));
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void run(Script script, Talk talk) {
    try (Socket closed = talk.socket) {
      script.run(talk);
    } catch (IOException e) {
      // The other side has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  public String url() {
    return "http://127.0.0.1:" + port();
  }

  /** To it, as to a provider of chat completions. */
  Connection connection(String key, Duration timeout) {
    Provider provider =
        new Provider("openai", url(), KeySource.NONE, "Authorization", Map.of(), Map.of());
    return new Connection(provider, Operation.CHAT, "m", ApiKey.of(key), timeout, 10);
  }

  public int connections() {
    return connections.get();
  }

  public int requests() {
    return requests.get();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
    threads.shutdownNow();
  }
}
