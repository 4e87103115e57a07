package io.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.NullableCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarLongCoder;

/** The coder of {@link Document}. */
public final class DocumentCoder extends AtomicCoder<Document> {
  private static final long serialVersionUID = 1L;
  private static final StringUtf8Coder TEXT = StringUtf8Coder.of();
  private static final NullableCoder<String> OPTIONAL = NullableCoder.of(StringUtf8Coder.of());

  public static DocumentCoder of() {
    return new DocumentCoder();
  }

  @Override
  public void encode(Document value, OutputStream out) throws IOException {
    TEXT.encode(value.id(), out);
    OPTIONAL.encode(value.key(), out);
    TEXT.encode(value.json(), out);
    TEXT.encode(value.source().file(), out);
    VarLongCoder.of().encode(value.source().position(), out);
  }

  @Override
  public Document decode(InputStream in) throws IOException {
    return new Document(
        TEXT.decode(in),
        OPTIONAL.decode(in),
        TEXT.decode(in),
        new Source(TEXT.decode(in), VarLongCoder.of().decode(in)));
  }
}
