package io.sluice.internal.batches;

import com.google.api.client.http.HttpContent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An upload of a file as {@code multipart/form-data} (RFC 7578) with the fields {@code purpose} and
 * {@code file}. The file is copied to the connection and never held.
 */
final class FileForm implements HttpContent {
  private final Path file;
  private final long fileBytes;
  private final String boundary;
  private final byte[] head;
  private final byte[] tail;

  /**
   * @param name the file's name for the server
   */
  FileForm(Path file, long fileBytes, String name, String purpose) {
    this.file = file;
    this.fileBytes = fileBytes;
    // No JSON line can hold a raw line end, which is what stands before a boundary.
    this.boundary = "sluice-" + Integer.toHexString(name.hashCode());
    this.head =
        ("--"
                + boundary
                + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n"
                + purpose
                + "\r\n--"
                + boundary
                + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
                + name
                + "\"\r\nContent-Type: application/jsonl\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8);
    this.tail = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public long getLength() {
    return head.length + fileBytes + tail.length;
  }

  @Override
  public String getType() {
    return "multipart/form-data; boundary=" + boundary;
  }

  @Override
  public boolean retrySupported() {
    return true;
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    out.write(head);
    Files.copy(file, out);
    out.write(tail);
    out.flush();
  }
}
