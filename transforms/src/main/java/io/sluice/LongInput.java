package io.sluice;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * From which length on a prompt is too long, and how its document is split.
 *
 * @param maxTokens input tokens that a request may have, as they are counted here; 0 for the limit
 *     of the model, where that is known
 * @param field the field, or path to it, that is cut or split; null for the longest text that the
 *     prompt uses
 * @param overlap tokens of a part that the next begins with, 0 or more, about
 * @param merge what the answers to the parts come to
 */
public record LongInput(long maxTokens, @Nullable String field, int overlap, Merge merge)
    implements Serializable {
  /** At the model's limit, with an overlap of 100 tokens and a list of the answers. */
  public static final LongInput USUAL = new LongInput(0, null, 100, Merge.LIST);

  /** A limit, and the rest as usual. */
  public static LongInput of(long maxTokens) {
    return new LongInput(maxTokens, null, USUAL.overlap, USUAL.merge);
  }

  public LongInput withField(String value) {
    return new LongInput(maxTokens, value, overlap, merge);
  }

  public LongInput withOverlap(int value) {
    return new LongInput(maxTokens, field, value, merge);
  }

  public LongInput withMerge(Merge value) {
    return new LongInput(maxTokens, field, overlap, value);
  }
}
