package io.sluice.pipeline.input;

import io.sluice.pipeline.input.rows.SteadyChannel;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whether a file is still the one that was listed, once it has been read: a reader cannot tell the
 * end of a file that was cut off under it from its own, nor another's rows from those of the file
 * that was there. Not thread-safe.
 */
final class Unchanged {
  /** By so much of its beginning a file is told from another that was written in its place. */
  private static final int HEAD_BYTES = 4_096;

  /** A smaller one is read in a moment. */
  private static final long LEAST_TOLD_APART = 1 << 20;

  private final SteadyChannel bytes;
  private final long listed;

  /** Its beginning when it was opened; empty where that is not looked at. */
  private final byte[] head;

  private Unchanged(SteadyChannel bytes, long listed, byte[] head) {
    this.bytes = bytes;
    this.listed = listed;
    this.head = head;
  }

  /**
   * Looks at a file before it is read.
   *
   * @param bytes at their beginning, and so again afterwards
   */
  static Unchanged of(InputFile file, SteadyChannel bytes) throws IOException {
    boolean isToldApart =
        file.bytes() >= LEAST_TOLD_APART && !file.name().contains("://") && bytes.isSeekable();
    return new Unchanged(bytes, file.bytes(), isToldApart ? head(bytes) : new byte[0]);
  }

  private static byte[] head(SteadyChannel bytes) throws IOException {
    bytes.position(0);
    byte[] head = Channels.newInputStream(bytes).readNBytes(HEAD_BYTES);
    bytes.position(0);
    return head;
  }

  /** What has become of it, once nothing more is read of it; null where it is as it was. */
  @Nullable String problem() throws IOException {
    if (!bytes.isOpen()) {
      return null;
    }
    long size = bytes.size();
    if (size >= 0 && size < listed) {
      return "The file has "
          + size
          + " bytes, and had "
          + listed
          + " when it was listed: it was cut off while the job ran, and rows at its end are"
          + " missing; rows before this one are complete. Mend the file and run again";
    }
    return head.length == 0 || Arrays.equals(head, head(bytes))
        ? null
        : "The file was written anew while it was read: rows of both are missing. Put a file in"
            + " another's place by renaming it (mv), and run again";
  }
}
