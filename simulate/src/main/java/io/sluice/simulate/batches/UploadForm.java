package io.sluice.simulate.batches;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The fields of {@code multipart/form-data} (RFC 7578). Immutable. */
public final class UploadForm {
  private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)");
  private static final Pattern NAME = Pattern.compile("[; ]name=\"([^\"]*)\"");
  private static final Pattern FILE_NAME = Pattern.compile("filename=\"([^\"]*)\"");

  private final Map<String, String> fields = new HashMap<>();
  private String fileName = "";

  private UploadForm() {}

  /**
   * @return null where the body is no form
   */
  public static @Nullable UploadForm parse(@Nullable String type, byte[] body) {
    Matcher boundary = BOUNDARY.matcher(type == null ? "" : type);
    if (!boundary.find()) {
      return null;
    }
    // A character a byte, so that positions are those of the bytes.
    String text = "\r\n" + new String(body, StandardCharsets.ISO_8859_1);
    String delimiter = "\r\n--" + boundary.group(1);
    UploadForm form = new UploadForm();
    int at = text.indexOf(delimiter);
    while (at >= 0) {
      int start = at + delimiter.length();
      int end = text.indexOf(delimiter, start);
      int head = text.indexOf("\r\n\r\n", start);
      if (end < 0 || head < 0 || head > end) {
        break;
      }
      form.add(text.substring(start, head), text.substring(head + 4, end));
      at = end;
    }
    return form;
  }

  private void add(String head, String value) {
    Matcher name = NAME.matcher(head);
    if (name.find()) {
      byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
      fields.put(name.group(1), new String(bytes, StandardCharsets.UTF_8));
      Matcher file = FILE_NAME.matcher(head);
      fileName = file.find() ? file.group(1) : fileName;
    }
  }

  /** A field's text; empty where it is absent. */
  public String field(String name) {
    return fields.getOrDefault(name, "");
  }

  public String fileName() {
    return fileName;
  }
}
