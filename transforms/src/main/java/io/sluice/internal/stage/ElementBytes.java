package io.sluice.internal.stage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.ListCoder;

/**
 * Many elements as one array of bytes. A runner may copy a whole bag of state with every bundle:
 * element by element through the coder that costs more than the calls, as arrays next to nothing.
 */
final class ElementBytes {
  private ElementBytes() {}

  static <T> byte[] write(Coder<T> coder, Collection<T> elements) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream(256 + 16 * elements.size());
      ListCoder.of(coder).encode(List.copyOf(elements), out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("Elements can be written to memory", e);
    }
  }

  /**
   * @throws IllegalStateException if the bytes are not what {@link #write} wrote with this coder
   */
  static <T> List<T> read(Coder<T> coder, byte[] bytes) {
    try {
      return ListCoder.of(coder).decode(new ByteArrayInputStream(bytes));
    } catch (IOException e) {
      throw new IllegalStateException("Read " + bytes.length + " bytes of state with " + coder, e);
    }
  }
}
