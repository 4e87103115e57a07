package io.sluice.internal.http.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads answers whole, and bounds what all of them together take. An answer of a usual size is read
 * at once; a larger one waits until there is room for as much as it may become, so that none waits
 * for another while it holds a part. Room is given back when the answer has been understood.
 * Thread-safe.
 */
public final class Bulk {
  /** The largest answer: 2,048 embeddings of 3,072 numbers in base64 are half of it. */
  public static final int LARGEST = 64 << 20;

  private static final int USUAL = 256 << 10;
  private static final int UNIT = 1 << 10;

  private static final Bulk OF_PROCESS =
      new Bulk(Math.max(LARGEST, Runtime.getRuntime().maxMemory() / 8));

  private final Semaphore room;
  private final int largest;

  /**
   * @param bytes that all answers above the usual size have together
   */
  Bulk(long bytes) {
    this.room = new Semaphore((int) Math.min(bytes / UNIT, Integer.MAX_VALUE), true);
    this.largest = (int) Math.min(LARGEST, bytes);
  }

  /** The one that all connections of this process share. */
  public static Bulk ofProcess() {
    return OF_PROCESS;
  }

  /** A whole answer, and the room that it takes. */
  public final class Held implements AutoCloseable {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(2048);
    private int units;

    public byte[] bytes() {
      return bytes.toByteArray();
    }

    @Override
    public void close() {
      room.release(units);
      units = 0;
    }
  }

  /**
   * Reads to the end.
   *
   * @param length as the server says; below 0 where it does not
   * @throws IOException where the body breaks off, or is larger than {@link #LARGEST}
   * @throws InterruptedIOException where there is no room in the time of the call
   */
  public Held read(InputStream in, long length, Watch watch) throws IOException {
    Held held = new Held();
    try {
      byte[] buffer = new byte[8192];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (held.bytes.size() + read > largest) {
          throw new IOException("the answer is larger than " + largest + " bytes");
        }
        if (held.units == 0 && held.bytes.size() + read > USUAL) {
          take(held, length, watch);
        }
        held.bytes.write(buffer, 0, read);
      }
      return held;
    } catch (IOException | RuntimeException e) {
      held.close();
      throw e;
    }
  }

  private void take(Held held, long length, Watch watch) throws IOException {
    // What a server says is no promise where the body is packed: then all may come.
    long most = length > USUAL ? Math.min(length, largest) : largest;
    int units = (int) ((most + UNIT - 1) / UNIT);
    try {
      if (!room.tryAcquire(units, Math.max(0, watch.leftNanos()), TimeUnit.NANOSECONDS)) {
        throw new InterruptedIOException("other large answers left no memory for this one");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    held.units = units;
  }
}
