package io.sluice.internal.stage;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;

/** The coder of {@link RowId}: 16 bytes. */
final class RowIdCoder extends AtomicCoder<RowId> {
  private static final long serialVersionUID = 1L;

  static RowIdCoder of() {
    return new RowIdCoder();
  }

  @Override
  public void encode(RowId value, OutputStream out) throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    data.writeLong(value.file());
    data.writeLong(value.position());
  }

  @Override
  public RowId decode(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    return new RowId(data.readLong(), data.readLong());
  }
}
