package io.sluice.internal.ledger;

import io.sluice.internal.ledger.reading.LineReader;
import io.sluice.internal.ledger.reading.SegmentFetch;
import io.sluice.internal.store.StoredFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.util.Comparator;
import java.util.List;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.MatchResult;

/** Reads segments from their beginning, record by record. */
public final class LedgerScan {
  static final int VERSION = 1;

  /** Receives records in the order in which they were written to their segment. */
  public interface Visitor {
    /**
     * @param segment the file
     * @param offset where the record's line begins, in bytes
     */
    void record(String segment, long offset, LedgerRecord record);
  }

  private LedgerScan() {}

  /** The segments of a directory, oldest names first; none where there is no directory. */
  public static List<MatchResult.Metadata> segments(String directory) {
    try {
      return StoredFiles.list(directory, "part-*/*.jsonl").stream()
          .sorted(Comparator.comparing(file -> file.resourceId().toString()))
          .toList();
    } catch (IOException e) {
      throw new LedgerException("List the ledger " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Reads every record of every segment. */
  public static void scan(String directory, Visitor visitor) {
    scan(segments(directory), visitor);
  }

  /** Reads every record of segments, in their order. */
  static void scan(List<MatchResult.Metadata> segments, Visitor visitor) {
    try (SegmentFetch fetch = new SegmentFetch(segments)) {
      for (MatchResult.Metadata file : segments) {
        try (InputStream in = fetch.next()) {
          scan(file.resourceId().toString(), in, 0, visitor);
        } catch (IOException e) {
          throw new LedgerException("Read " + file.resourceId() + ": " + e.getMessage(), e);
        }
      }
    }
  }

  /**
   * Reads one segment. A last line that is torn (cut, or with a wrong checksum) is left out: its
   * writer was stopped in the middle of it.
   *
   * @param from an offset at which a line begins; 0 reads and checks the header
   * @return the offset behind the last whole record
   * @throws LedgerException if a line before the last is damaged, or the version is unknown
   */
  static long scan(MatchResult.Metadata file, long from, Visitor visitor) {
    String name = file.resourceId().toString();
    try (ReadableByteChannel channel = FileSystems.open(file.resourceId());
        InputStream in = Channels.newInputStream(channel)) {
      if (channel instanceof SeekableByteChannel seekable) {
        seekable.position(from);
      } else {
        in.skipNBytes(from);
      }
      return scan(name, in, from, visitor);
    } catch (IOException e) {
      throw new LedgerException("Read " + name + ": " + e.getMessage(), e);
    }
  }

  private static long scan(String name, InputStream in, long from, Visitor visitor)
      throws IOException {
    LineReader lines = new LineReader(in, 1 << 16);
    long offset = from;
    long damagedAt = -1;
    while (lines.next()) {
      if (damagedAt >= 0) {
        throw new LedgerException(
            name
                + ": the record at byte "
                + damagedAt
                + " is damaged, and more follow; restore the file from a copy, or move it away to"
                + " pay for its answers again");
      }
      LedgerRecord record = LedgerLine.decode(lines.bytes(), lines.start(), lines.length());
      if (record == null) {
        damagedAt = offset;
      } else if (offset == 0) {
        checkHeader(name, record);
      } else {
        visitor.record(name, offset, record);
      }
      offset += lines.length() + 1;
    }
    return damagedAt >= 0 ? damagedAt : offset;
  }

  /** The record whose line a stream begins with. */
  static LedgerRecord record(InputStream in, long offset) throws IOException {
    LineReader lines = new LineReader(in, 2048);
    if (!lines.next()) {
      throw new IOException("the record at byte " + offset + " is gone");
    }
    LedgerRecord record = LedgerLine.decode(lines.bytes(), lines.start(), lines.length());
    if (record == null) {
      throw new IOException("the record at byte " + offset + " is damaged");
    }
    return record;
  }

  private static void checkHeader(String name, LedgerRecord header) {
    int version = header instanceof LedgerRecord.Segment segment ? segment.version() : -1;
    if (version != VERSION) {
      throw new LedgerException(
          name
              + ": a ledger segment of version "
              + (version < 0 ? "unknown" : version)
              + "; this Sluice reads version "
              + VERSION);
    }
  }
}
