package io.sluice.internal.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.beam.sdk.io.FileSystems;

/**
 * Appends to one segment on a local disk, of which it is the only writer. Every record has reached
 * the operating system when {@link #append} returns, and {@link #force} writes it to the disk;
 * Beam's own local channel buffers. Not thread-safe.
 */
final class SegmentWriter {
  final String name;
  private final FileChannel channel;
  private long offset;
  private boolean dirty;

  private SegmentWriter(String name, FileChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  static SegmentWriter create(String name) throws IOException {
    Path path = Path.of(FileSystems.matchNewResource(name, false).toString());
    Path parent = path.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    return new SegmentWriter(
        path.toString(),
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  /**
   * @return the offset of the record
   */
  long append(LedgerRecord record) throws IOException {
    ByteBuffer line = ByteBuffer.wrap(LedgerLine.encode(record));
    long at = offset;
    offset += line.remaining();
    while (line.hasRemaining()) {
      channel.write(line);
    }
    dirty = true;
    return at;
  }

  void force() throws IOException {
    if (dirty) {
      channel.force(false);
      dirty = false;
    }
  }

  void close() throws IOException {
    force();
    channel.close();
  }
}
