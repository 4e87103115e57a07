package io.sluice.internal.ledger;

import io.sluice.internal.temporary.TemporaryFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The records of a ledger in a store, on this machine's disk, where one of them is found without
 * asking the store for its segment. Gone with the process. Not thread-safe.
 */
final class Mirror implements AutoCloseable {
  private final FileChannel file;
  private long size;

  private Mirror(FileChannel file) {
    this.file = file;
  }

  static Mirror create() throws IOException {
    Path path = TemporaryFiles.createFile("sluice-ledger", ".jsonl");
    return new Mirror(
        FileChannel.open(
            path,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE));
  }

  /**
   * @return where the record is
   */
  long append(LedgerRecord record) throws IOException {
    ByteBuffer line = ByteBuffer.wrap(LedgerLine.encode(record));
    long at = size;
    while (line.hasRemaining()) {
      size += file.write(line, size);
    }
    return at;
  }

  LedgerRecord read(long at) throws IOException {
    return LedgerScan.record(Channels.newInputStream(file.position(at)), at);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
