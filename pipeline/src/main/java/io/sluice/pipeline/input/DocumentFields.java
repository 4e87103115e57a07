package io.sluice.pipeline.input;

import io.sluice.pipeline.input.text.TextForm;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Which of a row's fields mean what.
 *
 * @param id null takes the field {@code id} where there is one; without a value a row is named by
 *     the hash of its content
 * @param text the field that holds a line's or a file's text
 * @param key the field that holds the quota key; null for one account
 * @param form how files of text are written
 */
public record DocumentFields(@Nullable String id, String text, @Nullable String key, TextForm form)
    implements Serializable {
  public static final DocumentFields DEFAULT = new DocumentFields(null, "text", null);

  /** Of a job's own results. */
  static final DocumentFields OF_RESULTS =
      new DocumentFields(null, DEFAULT.text, null, TextForm.OF_RESULTS);

  /** Of files whose form the task leaves open. */
  public DocumentFields(@Nullable String id, String text, @Nullable String key) {
    this(id, text, key, TextForm.UNSAID);
  }
}
