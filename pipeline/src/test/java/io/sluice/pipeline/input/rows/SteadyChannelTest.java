package io.sluice.pipeline.input.rows;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SteadyChannelTest {
  private static final String TEXT = "0123456789".repeat(50);

  @TempDir Path directory;
  private Path file;
  private final List<Long> pauses = new ArrayList<>();
  private int opened;

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(directory.resolve("f"), TEXT);
  }

  /** A connection that breaks after so many bytes. */
  private record Breaking(FileChannel whole, AtomicInteger left) implements SeekableByteChannel {
    @Override
    public int read(ByteBuffer bytes) throws IOException {
      if (left.get() <= 0) {
        throw new IOException("Connection reset");
      }
      int most = Math.min(left.get(), bytes.remaining());
      int read = Math.max(0, whole.read(bytes.slice(bytes.position(), most)));
      bytes.position(bytes.position() + read);
      left.addAndGet(-read);
      return read == 0 ? -1 : read;
    }

    @Override
    public long position() throws IOException {
      return whole.position();
    }

    @Override
    public SeekableByteChannel position(long to) throws IOException {
      whole.position(to);
      return this;
    }

    @Override
    public long size() throws IOException {
      return whole.size();
    }

    @Override
    public boolean isOpen() {
      return whole.isOpen();
    }

    @Override
    public void close() throws IOException {
      whole.close();
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

  private SeekableByteChannel breaking(int after) throws IOException {
    opened++;
    return new Breaking(FileChannel.open(file), new AtomicInteger(after));
  }

  private String readAll(SteadyChannel.Opener opener) throws IOException {
    try (InputStream in =
        Channels.newInputStream(new SteadyChannel("s3://b/f", opener, pauses::add))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void brokenConnections_areTakenUpWhereTheyBroke() throws IOException {
    assertThat(readAll(() -> breaking(70)), is(TEXT));
    assertThat(opened, is(8));
    assertThat(pauses.size(), is(7));
  }

  @Test
  void whatStaysBroken_isTheStoragesFault() {
    StorageException e = assertThrows(StorageException.class, () -> readAll(() -> breaking(0)));
    assertThat(e.getMessage(), containsString("s3://b/f"));
    assertThat(pauses, is(List.of(200L, 400L, 800L, 1_600L)));
  }

  @Test
  void withoutPositions_nothingIsReadTwice() {
    StorageException e =
        assertThrows(StorageException.class, () -> readAll(SteadyChannelTest::onceOnly));
    assertThat(e.getMessage(), containsString("Connection reset"));
    assertThat(pauses, is(List.of()));
  }

  private static ReadableByteChannel onceOnly() {
    return Channels.newChannel(
        new InputStream() {
          private final InputStream first = new ByteArrayInputStream(new byte[100]);

          @Override
          public int read() throws IOException {
            int read = first.read();
            if (read < 0) {
              throw new IOException("Connection reset");
            }
            return read;
          }

          @Override
          public int read(byte[] bytes, int from, int length) throws IOException {
            int read = first.read(bytes, from, length);
            if (read < 0) {
              throw new IOException("Connection reset");
            }
            return read;
          }
        });
  }
}
