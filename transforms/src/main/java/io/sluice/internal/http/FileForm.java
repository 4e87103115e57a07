package io.sluice.internal.http;

import com.google.api.client.http.HttpContent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hc.client5.http.entity.mime.HttpMultipartMode;
import org.apache.hc.client5.http.entity.mime.MultipartEntityBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;

/**
 * An upload of a file as {@code multipart/form-data}. Parts have the headers that RFC 7578 allows
 * and no others (google-http-client's {@code MultipartContent} adds lengths, and reads the file to
 * find its own). The file is copied to the connection and never held.
 */
public final class FileForm implements HttpContent {
  private final HttpEntity entity;

  private FileForm(HttpEntity entity) {
    this.entity = entity;
  }

  /**
   * @param name the file's name for the server
   * @param type the file's media type
   * @param fields to come before the part {@code file}
   */
  public static FileForm of(Path file, String name, String type, Map<String, String> fields) {
    MultipartEntityBuilder form =
        MultipartEntityBuilder.create()
            .setMode(HttpMultipartMode.LEGACY)
            .setContentType(ContentType.create("multipart/form-data"));
    fields.forEach(form::addTextBody);
    form.addBinaryBody("file", file.toFile(), ContentType.create(type), name);
    return new FileForm(form.build());
  }

  @Override
  public long getLength() {
    return entity.getContentLength();
  }

  @Override
  public String getType() {
    return entity.getContentType();
  }

  @Override
  public boolean retrySupported() {
    return true;
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    entity.writeTo(out);
    out.flush();
  }
}
