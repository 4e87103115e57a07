package io.sluice.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * Appends to one segment, of which it is the only writer. On a local disk every record has reached
 * the operating system when {@link #append} returns, and {@link #force} writes it to the disk;
 * Beam's own local channel buffers. On an object store a segment can be read once it is closed. Not
 * thread-safe.
 */
final class SegmentWriter {
  final String name;
  private final WritableByteChannel channel;
  private final boolean local;

  /** Records by offset, where the segment cannot be read yet: of about a second. */
  private final Map<Long, ObjectNode> unreadable = new HashMap<>();

  private long offset;
  private boolean dirty;

  private SegmentWriter(String name, WritableByteChannel channel, boolean local) {
    this.name = name;
    this.channel = channel;
    this.local = local;
  }

  static SegmentWriter create(String name) throws IOException {
    ResourceId file = FileSystems.matchNewResource(name, false);
    if (!file.getScheme().equals("file")) {
      return new SegmentWriter(name, FileSystems.create(file, "application/x-ndjson"), false);
    }
    Path path = Path.of(file.toString());
    Path parent = path.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    return new SegmentWriter(
        file.toString(),
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        true);
  }

  /**
   * @return the offset of the record
   */
  long append(ObjectNode record) throws IOException {
    ByteBuffer line = ByteBuffer.wrap(LedgerLine.encode(record));
    long at = offset;
    offset += line.remaining();
    while (line.hasRemaining()) {
      channel.write(line);
    }
    dirty = true;
    if (!local) {
      unreadable.put(at, record);
    }
    return at;
  }

  /** A record of an object that is not there yet; null on a local disk. */
  @Nullable ObjectNode unreadable(long at) {
    return unreadable.get(at);
  }

  boolean isDirty() {
    return dirty;
  }

  boolean isLocal() {
    return local;
  }

  void force() throws IOException {
    if (dirty && channel instanceof FileChannel file) {
      file.force(false);
      dirty = false;
    }
  }

  void close() throws IOException {
    force();
    channel.close();
  }
}
