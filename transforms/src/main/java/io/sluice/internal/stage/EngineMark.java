package io.sluice.internal.stage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarLongCoder;

/**
 * Which session, and how far: the same mark in Beam's state and in the JVM means that neither has
 * been rolled back.
 *
 * @param answered rows that have left the stage with an answer
 * @param dead rows that have left it as dead letters
 */
record EngineMark(String id, long version, long answered, long dead) {

  /** The coder of the mark. */
  static final class MarkCoder extends AtomicCoder<EngineMark> {
    private static final long serialVersionUID = 1L;

    @Override
    public void encode(EngineMark value, OutputStream out) throws IOException {
      StringUtf8Coder.of().encode(value.id(), out);
      VarLongCoder.of().encode(value.version(), out);
      VarLongCoder.of().encode(value.answered(), out);
      VarLongCoder.of().encode(value.dead(), out);
    }

    @Override
    public EngineMark decode(InputStream in) throws IOException {
      return new EngineMark(
          StringUtf8Coder.of().decode(in),
          VarLongCoder.of().decode(in),
          VarLongCoder.of().decode(in),
          VarLongCoder.of().decode(in));
    }
  }
}
