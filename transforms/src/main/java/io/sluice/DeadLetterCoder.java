package io.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.BooleanCoder;
import org.apache.beam.sdk.coders.NullableCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;

/** The coder of {@link DeadLetter}. */
public final class DeadLetterCoder extends AtomicCoder<DeadLetter> {
  private static final long serialVersionUID = 1L;
  private static final NullableCoder<String> OPTIONAL = NullableCoder.of(StringUtf8Coder.of());
  private static final NullableCoder<Integer> STATUS = NullableCoder.of(VarIntCoder.of());

  public static DeadLetterCoder of() {
    return new DeadLetterCoder();
  }

  @Override
  public void encode(DeadLetter value, OutputStream out) throws IOException {
    DocumentCoder.of().encode(value.document(), out);
    StringUtf8Coder.of().encode(value.kind().name(), out);
    StringUtf8Coder.of().encode(value.message(), out);
    STATUS.encode(value.status(), out);
    OPTIONAL.encode(value.code(), out);
    BooleanCoder.of().encode(value.retryable(), out);
    VarIntCoder.of().encode(value.attempts(), out);
    OPTIONAL.encode(value.answer(), out);
  }

  @Override
  public DeadLetter decode(InputStream in) throws IOException {
    return new DeadLetter(
        DocumentCoder.of().decode(in),
        ErrorKind.valueOf(StringUtf8Coder.of().decode(in)),
        StringUtf8Coder.of().decode(in),
        STATUS.decode(in),
        OPTIONAL.decode(in),
        BooleanCoder.of().decode(in),
        VarIntCoder.of().decode(in),
        OPTIONAL.decode(in));
  }
}
