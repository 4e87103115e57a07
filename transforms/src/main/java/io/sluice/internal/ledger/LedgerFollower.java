package io.sluice.internal.ledger;

import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.io.fs.MatchResult;

/**
 * Reads a ledger that others may be writing: every look hands on the records that are new since the
 * last one, and reads nothing twice. Takes no lock and writes nothing, so it never disturbs them. A
 * record that is half written is handed on once it is whole. Not thread-safe.
 */
public final class LedgerFollower {
  private final String directory;
  private final Map<String, Long> offsets = new HashMap<>();

  public LedgerFollower(String directory) {
    this.directory = directory;
  }

  /**
   * Hands on what is new, in the order of each segment.
   *
   * @return false if segments that were read before are gone, as when a job was started afresh:
   *     nothing was handed on, and what was kept of earlier records no longer holds; the next look
   *     begins anew
   * @throws LedgerException if a segment is damaged other than at its end
   */
  public boolean poll(LedgerScan.Visitor visitor) {
    List<MatchResult.Metadata> segments = LedgerScan.segments(directory);
    Set<String> names = new HashSet<>();
    segments.forEach(segment -> names.add(segment.resourceId().toString()));
    if (!names.containsAll(offsets.keySet())) {
      offsets.clear();
      return false;
    }
    for (MatchResult.Metadata segment : segments) {
      String name = segment.resourceId().toString();
      long read = offsets.getOrDefault(name, 0L);
      if (segment.sizeBytes() == read) {
        continue;
      }
      try {
        offsets.put(name, LedgerScan.scan(segment, read, visitor));
      } catch (LedgerException e) {
        if (!(e.getCause() instanceof FileNotFoundException
            || e.getCause() instanceof NoSuchFileException)) {
          throw e;
        }
        // Moved away since it was listed: the next look tells.
      }
    }
    return true;
  }
}
