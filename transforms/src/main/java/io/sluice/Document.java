package io.sluice;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.Serializable;
import org.apache.beam.sdk.coders.DefaultCoder;
import org.jspecify.annotations.Nullable;

/**
 * One input row.
 *
 * @param id the row's name in the outputs; need not be unique
 * @param key the quota key: the account whose limits the call counts against; null for the task's
 *     only account
 * @param json the whole document, a JSON object as text; its fields are what the prompt may use
 * @param source where it came from; unique among the documents of a job
 */
@DefaultCoder(DocumentCoder.class)
public record Document(String id, @Nullable String key, String json, Source source)
    implements Serializable {

  /**
   * A document of one field, {@code text}, which prompts name {@code {{text}}}.
   *
   * @param id unique among the documents of a job: it is their source, too
   */
  public static Document ofText(String id, String text) {
    return new Document(
        id,
        null,
        JsonNodeFactory.instance.objectNode().put("text", text).toString(),
        new Source(id, 1));
  }

  /**
   * A document of several fields, each of which prompts may name.
   *
   * @param id unique among the documents of a job: it is their source, too
   * @param json a JSON object as text; anything else becomes a dead letter of kind {@link
   *     ErrorKind#BAD_INPUT}
   */
  public static Document ofJson(String id, String json) {
    return new Document(id, null, json, new Source(id, 1));
  }
}
