package io.sluice.internal.stage;

import io.sluice.Document;
import io.sluice.DocumentCoder;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.spi.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarLongCoder;

/** The coder of {@link PreparedDocument}. */
final class PreparedDocumentCoder extends AtomicCoder<PreparedDocument> {
  private static final long serialVersionUID = 1L;
  private static final StringUtf8Coder TEXT = StringUtf8Coder.of();
  private static final VarLongCoder NUMBER = VarLongCoder.of();
  private static final DocumentCoder DOCUMENT = DocumentCoder.of();

  static PreparedDocumentCoder of() {
    return new PreparedDocumentCoder();
  }

  @Override
  public void encode(PreparedDocument value, OutputStream out) throws IOException {
    DOCUMENT.encode(value.document(), out);
    Request request = value.request();
    TEXT.encode(request.fingerprint(), out);
    TEXT.encode(request.body(), out);
    NUMBER.encode(request.inputTokens(), out);
    NUMBER.encode(request.maxOutputTokens(), out);
    TEXT.encode(value.account(), out);
  }

  @Override
  public PreparedDocument decode(InputStream in) throws IOException {
    Document document = DOCUMENT.decode(in);
    Request request =
        new Request(TEXT.decode(in), TEXT.decode(in), NUMBER.decode(in), NUMBER.decode(in));
    return new PreparedDocument(document, request, TEXT.decode(in));
  }
}
