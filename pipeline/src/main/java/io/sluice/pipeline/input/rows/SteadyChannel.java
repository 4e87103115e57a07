package io.sluice.pipeline.input.rows;

import io.sluice.pipeline.input.files.Spool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import org.apache.beam.sdk.io.FileSystems;
import org.jspecify.annotations.Nullable;

/**
 * A file's bytes from storage that may break off, as object stores do: it is opened again where it
 * was, a few times, and what still fails is a {@link StorageException}. So a broken connection is
 * never taken for a broken file. Not thread-safe.
 */
public final class SteadyChannel implements SeekableByteChannel {
  /** Opens a file at its beginning. */
  interface Opener {
    ReadableByteChannel open() throws IOException;
  }

  /** Waits between two attempts. */
  interface Sleeper {
    void sleep(long millis) throws InterruptedException;
  }

  private static final int ATTEMPTS = 5;
  private static final long FIRST_PAUSE_MILLIS = 200;

  private final String file;
  private final Opener opener;
  private final Sleeper sleeper;
  private @Nullable ReadableByteChannel channel;
  private long position;
  private boolean closed;

  SteadyChannel(String file, Opener opener, Sleeper sleeper) {
    this.file = file;
    this.opener = opener;
    this.sleeper = sleeper;
  }

  /**
   * A file on any file system known to Beam.
   *
   * @throws IOException if it cannot be opened
   */
  public static SteadyChannel open(String file) throws IOException {
    SteadyChannel steady =
        new SteadyChannel(
            file,
            () -> FileSystems.open(FileSystems.matchNewResource(Spool.ofListed(file), false)),
            Thread::sleep);
    steady.channel();
    return steady;
  }

  /** Whether positions can be set; otherwise it can only be read once, from the beginning. */
  public boolean isSeekable() throws IOException {
    return channel() instanceof SeekableByteChannel;
  }

  private ReadableByteChannel channel() throws IOException {
    ReadableByteChannel open = channel;
    if (open == null) {
      open = opener.open();
      channel = open;
      if (position > 0 && open instanceof SeekableByteChannel seekable) {
        seekable.position(position);
      }
    }
    return open;
  }

  @Override
  public int read(ByteBuffer bytes) throws IOException {
    int from = bytes.position();
    for (int attempt = 1; ; attempt++) {
      try {
        int read = channel().read(bytes);
        position += Math.max(0, read);
        return read;
      } catch (IOException | RuntimeException e) {
        if (attempt == ATTEMPTS || closed || !canGoOn()) {
          throw new StorageException(file, e);
        }
        bytes.position(from);
        drop();
        pause(attempt, e);
      }
    }
  }

  /** Behind its beginning only a file with positions can be taken up again. */
  private boolean canGoOn() {
    return position == 0 || channel == null || channel instanceof SeekableByteChannel;
  }

  private void drop() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException | RuntimeException e) {
      // It has failed already, and is not read from again.
    }
    channel = null;
  }

  private void pause(int attempt, Exception cause) throws StorageException {
    try {
      sleeper.sleep(FIRST_PAUSE_MILLIS << (attempt - 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException(file, cause);
    }
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long to) throws IOException {
    if (to != position) {
      position = to;
      try {
        if (channel() instanceof SeekableByteChannel seekable) {
          seekable.position(to);
        } else {
          throw new IOException(file + " can only be read from its beginning");
        }
      } catch (RuntimeException e) {
        throw new StorageException(file, e);
      }
    }
    return this;
  }

  @Override
  public long size() throws IOException {
    return channel() instanceof SeekableByteChannel seekable ? seekable.size() : -1;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    if (channel != null) {
      channel.close();
    }
  }

  @Override
  public int write(ByteBuffer bytes) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }
}
