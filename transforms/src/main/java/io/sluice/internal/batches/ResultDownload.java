package io.sluice.internal.batches;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.ledger.reading.LineReader;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchApi.Owner;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.CustomIds;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a batch's results line by line. No provider promises to send a file in the same order
 * twice, nor to send a part of one: a download that broke is read from its beginning, and the
 * requests that were handed on by then are passed over. A last line without its end is a result if
 * it is whole, and otherwise the sign of a download that broke without a word; where it breaks off
 * at the same place each time, the file is as it is. Not thread-safe.
 */
final class ResultDownload {
  private static final int MAX_READS = 3;
  private static final int BUFFER = 1 << 16;

  /** A file holds a line for each request of a batch; what repeats some is read, too. */
  private static final int LINES_A_REQUEST = 2;

  /** Of a file that are looked at to tell whose it is. */
  private static final int FIRST_LINES = 100;

  private static final String UNREADABLE =
      "The batch's request came back in a way that cannot be read";

  /**
   * Where a file ends in the middle of a line.
   *
   * @param lines whole ones before it
   * @param bytes of the one that is not
   */
  private record Cut(String file, long lines, int bytes) {}

  /** Below so many lines it is not the number of requests that tells whether they end. */
  private static final int FEW = 1000;

  /** What an answer has at most in the mean of a large batch, with all that may stand beside it. */
  private static final long BYTES_A_REQUEST = 4L << 20;

  private static final long FEW_BYTES = 2L << 30;

  private final BatchCalls calls;
  private final BatchApi api;

  /** How many lines there may be. */
  private final long most;

  private final long mostBytes;

  /** The download, counted over all files, in which a request came first. */
  private final Map<String, Integer> firstSeen = new HashMap<>();

  /** Where the last download ended in the middle of a line; null where none did. */
  private @Nullable Cut cut;

  /** Files that look as if their results were spread over lines, and are not. */
  private final Set<String> inLines = new HashSet<>();

  private int cuts;
  private int download;
  private long repeated;
  private long unreadable;

  /**
   * @param requests how many the batch has, or may have
   */
  ResultDownload(BatchCalls calls, BatchApi api, int requests) {
    this.calls = calls;
    this.api = api;
    this.most = (long) LINES_A_REQUEST * Math.max(FEW, requests);
    this.mostBytes = Math.max(FEW_BYTES, requests * BYTES_A_REQUEST);
  }

  /**
   * @param expected how many requests have a result as far as the provider says: with fewer, the
   *     files are read again, because a download may break between two lines without a word
   */
  ResultCounts run(List<String> files, long expected, Consumer<ResultLine> lines)
      throws BatchException, InterruptedException {
    for (int reads = 1; ; reads++) {
      repeated = 0;
      unreadable = 0;
      for (String file : files) {
        read(file, reads == 1 ? download + 1 : 1, lines);
      }
      if (firstSeen.size() + unreadable >= expected || reads == MAX_READS || files.isEmpty()) {
        return new ResultCounts(firstSeen.size(), repeated, unreadable);
      }
      calls.pause(reads, null);
    }
  }

  private void read(String file, int firstDownload, Consumer<ResultLine> lines)
      throws BatchException, InterruptedException {
    long repeatedBefore = repeated;
    long unreadableBefore = unreadable;
    calls.repeated(
        () -> {
          download++;
          repeated = repeatedBefore;
          unreadable = unreadableBefore;
          api.download(file, in -> read(in, file, firstDownload, lines));
          return file;
        });
  }

  /** As many bytes as the results of a batch may have. */
  private InputStream bounded(InputStream in) {
    return new FilterInputStream(in) {
      private long bytes;

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int read = super.read(into, offset, length);
        bytes += Math.max(0, read);
        if (bytes > mostBytes) {
          throw new IOException("the results have more than " + mostBytes + " bytes");
        }
        return read;
      }
    };
  }

  private void read(InputStream in, String file, int firstDownload, Consumer<ResultLine> lines)
      throws IOException {
    LineReader reader = new LineReader(bounded(in), BUFFER);
    long read = 0;
    while (reader.next()) {
      List<JsonNode> line = ResultFrame.values(reader);
      if (line.isEmpty() && !inLines.contains(file) && ResultFrame.isOpenedBy(reader)) {
        spread(reader, file, most - read, firstDownload, lines);
        return;
      }
      if (++read > most) {
        throw new IOException("the results have more than " + most + " lines, as no batch has");
      }
      take(line, firstDownload, lines);
    }
    if (reader.length() > 0) {
      List<JsonNode> last = ResultFrame.values(reader);
      if (last.isEmpty() && !isCutAsBefore(new Cut(file, read, reader.length()))) {
        throw new EOFException("the results end in the middle of a line");
      }
      take(last, firstDownload, lines);
    }
  }

  /** Where they are none after all, the file is read once more, line by line. */
  private void spread(
      LineReader reader, String file, long most, int firstDownload, Consumer<ResultLine> lines)
      throws IOException {
    try {
      ResultFrame.spread(reader.rest(), most, one -> take(List.of(one), firstDownload, lines));
    } catch (JacksonException e) {
      if (!(e instanceof JsonEOFException) || isCutAsBefore(new Cut(file, 0, 0))) {
        inLines.add(file);
      }
      throw e;
    }
  }

  /** Whether a file has ended there each time. */
  private boolean isCutAsBefore(Cut now) {
    cuts = now.equals(cut) ? cuts + 1 : 1;
    cut = now;
    return cuts >= MAX_READS;
  }

  /** What a line holds: a result as a rule, none, or several. */
  private void take(List<JsonNode> line, int firstDownload, Consumer<ResultLine> lines) {
    List<JsonNode> results = ResultFrame.results(line, this::id);
    results.forEach(one -> takeOne(one, firstDownload, lines));
    unreadable += results.isEmpty() ? 1 : 0;
  }

  private void takeOne(JsonNode line, int firstDownload, Consumer<ResultLine> lines) {
    String id = id(line);
    Integer first = firstSeen.putIfAbsent(id, download);
    if (first != null && first >= firstDownload && first < download) {
      // Handed on before the download broke; from here on its repetitions count.
      firstSeen.put(id, download);
      return;
    }
    if (first != null) {
      repeated++;
    }
    lines.accept(new ResultLine(id, reply(line), first != null));
  }

  /** Whatever a line says, it ends its request alone. */
  private Reply reply(JsonNode line) {
    try {
      return api.reply(line);
    } catch (RuntimeException | StackOverflowError e) {
      return NoAnswer.unreadable(
          UNREADABLE + " (" + e.getClass().getSimpleName() + ")", null, RateHeaders.NONE);
    }
  }

  /** Where the provider has it, or wherever else a line has one that is Sluice's own. */
  private String id(JsonNode line) {
    String id = api.customId(line);
    String other = CustomIds.isOne(id) ? "" : CustomIds.in(line);
    return other.isEmpty() ? id : other;
  }

  /**
   * Whose a file is, by the first lines that can be read: some may be broken, or another's.
   *
   * @return {@code OPEN} where nothing tells it, or the file is not there
   */
  Owner owner(String file, String intentId) throws BatchException, InterruptedException {
    try {
      return calls.repeated(
          () -> {
            Owner[] owner = {Owner.OPEN};
            api.download(file, in -> owner[0] = owner(in, intentId));
            return owner[0];
          });
    } catch (BatchException e) {
      if (e.getCause() instanceof CallFailedException failed
          && Integer.valueOf(404).equals(failed.failure().status())) {
        return Owner.OPEN;
      }
      throw e;
    }
  }

  private Owner owner(InputStream in, String intentId) throws IOException {
    LineReader reader = new LineReader(in, BUFFER);
    boolean isAnothers = false;
    boolean whole = true;
    for (int read = 0; whole && read < FIRST_LINES; read++) {
      whole = reader.next();
      List<JsonNode> line = ResultFrame.values(reader);
      if (line.isEmpty() && !whole && reader.length() > 0 && !isAnothers) {
        throw new EOFException("the results end in the middle of a line");
      }
      for (JsonNode one : ResultFrame.results(line, this::id)) {
        if (CustomIds.isOf(intentId, id(one))) {
          return Owner.INTENT;
        }
        isAnothers = true;
      }
    }
    return isAnothers ? Owner.OTHER : Owner.OPEN;
  }
}
