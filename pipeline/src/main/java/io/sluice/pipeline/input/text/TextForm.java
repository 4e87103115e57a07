package io.sluice.pipeline.input.text;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * How text lies in files, where the task says it.
 *
 * @param encoding a charset's name; null for UTF-8, or what a byte order mark says
 * @param delimiter between the fields of csv; null where the file tells it
 */
public record TextForm(@Nullable String encoding, @Nullable Character delimiter)
    implements Serializable {
  public static final TextForm UNSAID = new TextForm(null, null);
}
