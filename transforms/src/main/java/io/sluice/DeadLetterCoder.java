package io.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.BooleanCoder;
import org.apache.beam.sdk.coders.NullableCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.jspecify.annotations.Nullable;

/** The coder of {@link DeadLetter}. */
public final class DeadLetterCoder extends AtomicCoder<DeadLetter> {
  private static final long serialVersionUID = 1L;

  /** In the attempts where more follows: bytes of earlier versions have less. */
  private static final int OF_STEP = 1 << 24;

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
    boolean isOfStep = value.step() != null || value.answersJson() != null;
    VarIntCoder.of().encode(isOfStep ? value.attempts() | OF_STEP : value.attempts(), out);
    OPTIONAL.encode(value.answer(), out);
    if (isOfStep) {
      OPTIONAL.encode(value.step(), out);
      OPTIONAL.encode(value.answersJson(), out);
    }
  }

  @Override
  public DeadLetter decode(InputStream in) throws IOException {
    Document document = DocumentCoder.of().decode(in);
    ErrorKind kind = ErrorKind.valueOf(StringUtf8Coder.of().decode(in));
    String message = StringUtf8Coder.of().decode(in);
    Integer status = STATUS.decode(in);
    @Nullable String code = OPTIONAL.decode(in);
    boolean retryable = BooleanCoder.of().decode(in);
    int attempts = VarIntCoder.of().decode(in);
    boolean isOfStep = (attempts & OF_STEP) != 0;
    return new DeadLetter(
        document,
        kind,
        message,
        status,
        code,
        retryable,
        attempts & ~OF_STEP,
        OPTIONAL.decode(in),
        isOfStep ? OPTIONAL.decode(in) : null,
        isOfStep ? OPTIONAL.decode(in) : null);
  }
}
