package io.sluice;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What the answers to the parts of a document come to.
 *
 * @param system of the prompt that asks for it; null for none
 * @param user of the prompt, with {@code {{parts}}} where the answers are to stand; null unless
 *     {@code how} is {@code PROMPT}
 */
public record Merge(How how, @Nullable String system, @Nullable String user)
    implements Serializable {
  /** In which way. */
  public enum How {
    /** They are the output, an array in the order of the parts, also of a document of one part. */
    LIST,
    /**
     * Of JSON each field has the first value that is not null; of text the first that is not blank.
     */
    FIRST,
    /** The label that most parts have; of those that as many have, the first of the task's. */
    VOTE,
    /** The model is asked with them; in a tree where they are too many for one request. */
    PROMPT
  }

  public static final Merge LIST = new Merge(How.LIST, null, null);
  public static final Merge FIRST = new Merge(How.FIRST, null, null);
  public static final Merge VOTE = new Merge(How.VOTE, null, null);

  /** Asks the model with the answers. */
  public static Merge ofPrompt(@Nullable String system, String user) {
    return new Merge(How.PROMPT, system, user);
  }
}
