package io.sluice.simulate.hostile;

import io.sluice.simulate.wire.FaultRates;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a well-behaved server on localhost, and spoils some of what that answers: drawn by
 * a hash of the request and of how often it came, so that a rehearsal can be repeated and a request
 * that is asked again gets through. Its paths under {@code /stats} are left as they are.
 */
public final class HostileFront implements AutoCloseable {
  /** The names of what it does. */
  public static final String NAMES = Hostility.NAMES;

  private static final int MOST_HEAD = 1 << 16;

  private final ServerSocket server;
  private final int behind;
  private final FaultRates<Hostility> rates;
  private final long seed;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "hostile");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

  private HostileFront(ServerSocket server, int behind, FaultRates<Hostility> rates, long seed) {
    this.server = server;
    this.behind = behind;
    this.rates = rates;
    this.seed = seed;
  }

  /**
   * What a flag says.
   *
   * @throws IllegalArgumentException for an unknown name or a rate outside 0 to 1
   */
  public static void check(String hostile) {
    parse(hostile);
  }

  private static FaultRates<Hostility> parse(String hostile) {
    String each =
        Arrays.stream(hostile.split(",", -1))
            .map(String::strip)
            .flatMap(
                part ->
                    part.toLowerCase(Locale.ROOT).startsWith("all=")
                        ? Arrays.stream(Hostility.values()).map(one -> one + part.substring(3))
                        : Arrays.stream(new String[] {part}))
            .collect(Collectors.joining(","));
    return FaultRates.parse("--hostile", Hostility.class, NAMES, each);
  }

  /**
   * @param port 0 picks a free one
   * @param behind the port of the server behind it
   * @param hostile rates by name, as {@link #NAMES} has them
   */
  public static HostileFront start(int port, int behind, String hostile, long seed)
      throws IOException {
    FaultRates<Hostility> rates = parse(hostile);
    HostileFront front =
        new HostileFront(
            new ServerSocket(port, 1024, InetAddress.getLoopbackAddress()), behind, rates, seed);
    front.threads.execute(front::accept);
    return front;
  }

  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        open.add(socket);
        threads.execute(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (Socket client = socket;
        Socket inner = new Socket(InetAddress.getLoopbackAddress(), behind)) {
      inner.setTcpNoDelay(true);
      open.add(inner);
      InputStream from = new BufferedInputStream(client.getInputStream());
      InputStream back = new BufferedInputStream(inner.getInputStream());
      Spoiler spoiler = new Spoiler(client.getOutputStream());
      for (Message request = Message.read(from); request != null; request = Message.read(from)) {
        inner.getOutputStream().write(request.bytes());
        inner.getOutputStream().flush();
        Message answer = Message.read(back);
        if (answer == null) {
          return;
        }
        spoiler.answer(request, answer, drawn(request));
      }
    } catch (IOException e) {
      // One of the two sides has gone, or this one has closed it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  private @Nullable Hostility drawn(Message request) {
    String line = request.firstLine();
    if (line.contains(" /stats")) {
      return null;
    }
    String what = line + request.text();
    int before = asked.computeIfAbsent(what, key -> new AtomicInteger()).getAndIncrement();
    for (Hostility one : Hostility.values()) {
      if (rates.strikes(one, seed + 31L * what.hashCode() + before * 0x632BE59BD9B4E019L)) {
        return one;
      }
    }
    return null;
  }

  /** A request or an answer, as it came. */
  record Message(byte[] head, byte[] body) {
    /** Null at the end of the connection. */
    static @Nullable Message read(InputStream in) throws IOException {
      ByteArrayOutputStream head = new ByteArrayOutputStream(512);
      int last = 0;
      while (last != 0x0d0a0d0a) {
        int c = in.read();
        if (c < 0) {
          if (head.size() == 0) {
            return null;
          }
          throw new EOFException("within a head");
        }
        head.write(c);
        last = last << 8 | c;
        if (head.size() > MOST_HEAD) {
          throw new IOException("a head is too long");
        }
      }
      byte[] bytes = head.toByteArray();
      return new Message(
          bytes, body(in, header(bytes, "content-length"), header(bytes, "transfer-encoding")));
    }

    private static byte[] body(InputStream in, String length, String encoding) throws IOException {
      if (encoding.equalsIgnoreCase("chunked")) {
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        while (true) {
          byte[] line = line(in);
          raw.write(line);
          String size = new String(line, StandardCharsets.US_ASCII).strip();
          int bytes = Integer.parseInt(size, 16);
          raw.write(in.readNBytes(bytes + 2));
          if (bytes == 0) {
            return raw.toByteArray();
          }
        }
      }
      return length.isEmpty() ? new byte[0] : in.readNBytes(Integer.parseInt(length));
    }

    private static byte[] line(InputStream in) throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int c = in.read(); c >= 0; c = in.read()) {
        line.write(c);
        if (c == '\n') {
          return line.toByteArray();
        }
      }
      throw new EOFException("within a line");
    }

    private static String header(byte[] head, String name) {
      for (String line : new String(head, StandardCharsets.ISO_8859_1).split("\r\n", -1)) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.substring(0, colon).strip().equalsIgnoreCase(name)) {
          return line.substring(colon + 1).strip();
        }
      }
      return "";
    }

    String header(String name) {
      return header(head, name);
    }

    String firstLine() {
      String text = new String(head, StandardCharsets.ISO_8859_1);
      return text.substring(0, text.indexOf('\r'));
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    byte[] bytes() {
      byte[] all = Arrays.copyOf(head, head.length + body.length);
      System.arraycopy(body, 0, all, head.length, body.length);
      return all;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
