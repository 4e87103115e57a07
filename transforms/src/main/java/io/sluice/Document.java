package io.sluice;

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
    implements Serializable {}
