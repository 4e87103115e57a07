package io.sluice.pipeline.input.text;

import io.sluice.pipeline.unfold.Bounds;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * How text lies in files, where the task says it.
 *
 * @param encoding a charset's name; null for UTF-8, or what a byte order mark says
 * @param delimiter between the fields of csv; null where the file tells it
 * @param own whether a job has written it: a field of csv is null there where nothing stands, not
 *     even quotes, and elsewhere an empty text; and its rows may be larger
 */
public record TextForm(@Nullable String encoding, @Nullable Character delimiter, boolean own)
    implements Serializable {
  public static final TextForm UNSAID = new TextForm(null, null);

  /** As results are written. */
  public static final TextForm OF_RESULTS = new TextForm(null, null, true);

  /** Bytes that a row may have: a longer one is kept up to there, and becomes a dead letter. */
  public int rowBytes() {
    return own ? Bounds.OWN_ROW_BYTES : Bounds.ROW_BYTES;
  }

  /** Of any origin. */
  public TextForm(@Nullable String encoding, @Nullable Character delimiter) {
    this(encoding, delimiter, false);
  }
}
