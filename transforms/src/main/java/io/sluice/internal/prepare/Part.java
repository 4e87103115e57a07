package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.spi.Request;
import org.jspecify.annotations.Nullable;

/**
 * What is asked about a document, or about a part of it.
 *
 * @param field the field that was split; null for the whole document
 * @param from the field's first character in the part (UTF-16)
 * @param to that after its last
 * @param document the document with the part in place of the field
 */
public record Part(
    @Nullable String field, int from, int to, ObjectNode document, Request request) {}
