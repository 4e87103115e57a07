package io.sluice.internal.http;

import com.google.api.client.http.HttpContent;
import io.sluice.internal.http.net.Watch;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;

/** What is sent, as it is written; a file earns its time by what is taken of it. */
final class ContentEntity extends AbstractHttpEntity {
  private final HttpContent content;
  private final Watch watch;

  ContentEntity(HttpContent content, Watch watch) {
    super(content.getType(), null);
    this.content = content;
    this.watch = watch;
  }

  @Override
  public boolean isRepeatable() {
    return content.retrySupported();
  }

  @Override
  public long getContentLength() {
    try {
      return content.getLength();
    } catch (IOException e) {
      return -1;
    }
  }

  @Override
  public InputStream getContent() {
    throw new UnsupportedOperationException("It is written, never read");
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    content.writeTo(
        new FilterOutputStream(out) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            watch.moved(length);
          }

          /** The connection stays. */
          @Override
          public void close() throws IOException {
            flush();
          }
        });
    watch.begin();
  }

  @Override
  public boolean isStreaming() {
    return false;
  }

  @Override
  public void close() {}
}
