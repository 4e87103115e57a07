package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.LongInput;
import io.sluice.internal.prepare.TextParts.Range;
import io.sluice.spi.PromptException;
import io.sluice.spi.TokenCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Makes documents whose prompt is too long shorter, or parts of them: it is the field with the most
 * text that is, or the one that the task names. Thread-safe.
 */
final class LongPrompt {
  /** A part of fewer tokens is none. */
  static final long LEAST_ROOM = 16;

  /** Counts of parts may be above the sum of their pieces'; each time there is less room. */
  private static final int MOST_TRIES = 10;

  private final List<String> names;
  private final LongInput input;
  private final TokenCounter counter;
  private final ToLongFunction<ObjectNode> tokens;

  /**
   * A part of a document.
   *
   * @param from the field's first character in it (UTF-16), and
   * @param to that after its last
   * @param document the document with the part in place of the field
   */
  record Piece(String field, int from, int to, ObjectNode document) {}

  /**
   * @param names that the prompt uses
   * @param tokens of a document's request
   */
  LongPrompt(
      List<String> names,
      LongInput input,
      TokenCounter counter,
      ToLongFunction<ObjectNode> tokens) {
    this.names = List.copyOf(names);
    this.input = input;
    this.counter = counter;
    this.tokens = tokens;
  }

  /**
   * The document with its longest text cut, so that its request has so many tokens at most.
   *
   * @throws PromptException where no text can be cut
   */
  ObjectNode cut(ObjectNode document, long limit) {
    String field = longest(document);
    String text = text(document, field);
    long room = room(document, field, limit);
    for (int tries = 0; tries < MOST_TRIES && room >= 1; tries++) {
      // Its first part, as it were, without an end that is looked for.
      ObjectNode shorter = with(document, field, counter.cut(text, room));
      long over = tokens.applyAsLong(shorter) - limit;
      if (over <= 0) {
        return shorter;
      }
      room -= over;
    }
    throw noRoom(field, limit);
  }

  /**
   * The parts of a document, each of which has a request of so many tokens at most.
   *
   * @throws PromptException where it cannot be split
   */
  List<Piece> split(ObjectNode document, long limit) {
    String field = longest(document);
    String text = text(document, field);
    long room = room(document, field, limit);
    for (int tries = 0; tries < MOST_TRIES && room >= LEAST_ROOM; tries++) {
      long overlap = Math.min(input.overlap(), room / 2);
      List<Piece> pieces = new ArrayList<>();
      long most = 0;
      for (Range range : TextParts.of(text, counter, room, overlap)) {
        ObjectNode part = with(document, field, text.substring(range.from(), range.to()));
        pieces.add(new Piece(field, range.from(), range.to(), part));
        most = Math.max(most, tokens.applyAsLong(part));
      }
      if (pieces.size() > TextParts.MOST) {
        throw new PromptException(
            ErrorKind.TOO_LARGE,
            "Cannot split {{"
                + field
                + "}}: it would be more than "
                + TextParts.MOST
                + " parts; raise prompt.maxTokens, or split the document before");
      }
      if (most <= limit) {
        return pieces;
      }
      room -= most - limit;
    }
    throw noRoom(field, limit);
  }

  private long room(ObjectNode document, String field, long limit) {
    return limit - tokens.applyAsLong(with(document, field, ""));
  }

  private static PromptException noRoom(String field, long limit) {
    return new PromptException(
        ErrorKind.TOO_LARGE,
        "A request may have "
            + limit
            + " tokens, and the rest of the prompt leaves no room for {{"
            + field
            + "}}; shorten the prompt and the document's other fields, or raise prompt.maxTokens");
  }

  private String longest(ObjectNode document) {
    String named = input.field();
    String longest = named == null ? "" : named;
    int length = -1;
    for (String name : named == null ? names : List.of(named)) {
      JsonNode value = at(document, name);
      if (value.isTextual() && value.textValue().length() > length) {
        longest = name;
        length = value.textValue().length();
      }
    }
    if (length <= 0) {
      throw new PromptException(
          ErrorKind.TOO_LARGE,
          "The prompt is too long, and "
              + (named == null ? "no field that it uses is" : "{{" + named + "}} is not")
              + " a text that could be made shorter");
    }
    return longest;
  }

  private static String text(ObjectNode document, String field) {
    return at(document, field).textValue();
  }

  private static JsonNode at(ObjectNode document, String field) {
    JsonNode node = document.get(field);
    if (node != null) {
      return node;
    }
    node = document;
    for (String name : field.split("\\.", -1)) {
      node = node.path(name);
    }
    return node;
  }

  private static ObjectNode with(ObjectNode document, String field, String text) {
    ObjectNode copy = document.deepCopy();
    if (copy.has(field)) {
      return copy.put(field, text);
    }
    int last = field.lastIndexOf('.');
    if (at(copy, field.substring(0, last)) instanceof ObjectNode inner) {
      inner.put(field.substring(last + 1), text);
    }
    return copy;
  }
}
