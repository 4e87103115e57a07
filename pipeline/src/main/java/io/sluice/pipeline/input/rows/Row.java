package io.sluice.pipeline.input.rows;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A row as it lies in its file.
 *
 * @param position counted from 1
 * @param text the row; for csv a JSON object of its fields
 * @param problem why it is not a document; null where nothing is wrong so far
 */
public record Row(long position, String text, @Nullable String problem) implements Serializable {}
