package io.sluice.internal.ledger;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where records are, and how one is found again: in the segments themselves where they are on this
 * disk, in a {@link Mirror} of them where they are in a store. Not thread-safe.
 */
final class LedgerPlaces implements AutoCloseable {
  private final @Nullable Mirror mirror;
  private final List<String> segments = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<String, FileChannel> readers = new HashMap<>();

  /**
   * @param local whether the segments are on this machine's disk
   */
  LedgerPlaces(boolean local) throws IOException {
    this.mirror = local ? null : Mirror.create();
  }

  /** A record's place, to be kept in a {@link LedgerIndex}. */
  long place(String segment, long offset, LedgerRecord record) throws IOException {
    if (mirror != null) {
      return LedgerIndex.place(0, mirror.append(record));
    }
    Integer number = numbers.get(segment);
    if (number == null) {
      number = segments.size();
      segments.add(segment);
      numbers.put(segment, number);
    }
    return LedgerIndex.place(number, offset);
  }

  LedgerRecord read(long place) throws IOException {
    long offset = LedgerIndex.offset(place);
    if (mirror != null) {
      return mirror.read(offset);
    }
    String segment = segments.get(LedgerIndex.segment(place));
    FileChannel channel = readers.get(segment);
    if (channel == null) {
      channel = FileChannel.open(Path.of(segment), StandardOpenOption.READ);
      readers.put(segment, channel);
    }
    return LedgerScan.record(Channels.newInputStream(channel.position(offset)), offset);
  }

  @Override
  public void close() throws IOException {
    if (mirror != null) {
      mirror.close();
    }
    for (FileChannel reader : readers.values()) {
      reader.close();
    }
    readers.clear();
  }
}
