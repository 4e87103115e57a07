package io.sluice.internal.batches;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.http.net.Bulk;
import io.sluice.internal.ledger.reading.LineReader;
import io.sluice.internal.text.ForeignJson;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What is around the results in a file. A line each is documented by all providers; proxies put
 * them into a list or an object, on one line or spread over many, or send them as events. Whatever
 * it is, what is in it is paid for.
 */
final class ResultFrame {
  private static final ObjectMapper JSON = ForeignJson.MAPPER;

  /** How deep a result may lie in objects: {@code {"data": {"results": [...]}}}. */
  private static final int DEEPEST = 3;

  private ResultFrame() {}

  /**
   * The objects and lists of a line, whatever stands before the first, such as {@code data:}.
   *
   * @return none where there is none that is whole
   */
  static List<JsonNode> values(LineReader line) {
    List<JsonNode> values = new ArrayList<>(1);
    int begin = begin(line);
    int length = line.start() + line.length() - begin;
    try (JsonParser parser = JSON.createParser(line.bytes(), begin, length)) {
      for (JsonNode one = JSON.readTree(parser); one != null; one = JSON.readTree(parser)) {
        if (one.isContainerNode()) {
          values.add(one);
        }
      }
    } catch (IOException e) {
      // What came before it is whole.
    }
    return values;
  }

  /** Where the first object or list of a line begins; its end where it has none. */
  private static int begin(LineReader line) {
    int end = line.start() + line.length();
    int at = line.start();
    while (at < end && line.bytes()[at] != '{' && line.bytes()[at] != '[') {
      at++;
    }
    return at;
  }

  /** Whether a line begins something that goes on behind it, as a text with a line's end in it. */
  static boolean isOpenedBy(LineReader line) {
    int begin = begin(line);
    int length = line.start() + line.length() - begin;
    try (JsonParser parser = JSON.createParser(line.bytes(), begin, length)) {
      JSON.readTree(parser);
      return false;
    } catch (JsonEOFException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Reads values that are spread over lines, of a list one by one.
   *
   * @param most values that there may be
   * @throws IOException where it is not JSON, breaks off, or is more than can be
   */
  static void spread(InputStream in, long most, Consumer<JsonNode> values) throws IOException {
    Bounded bounded = new Bounded(in, most);
    try (JsonParser parser = JSON.createParser(bounded)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        one(
            parser,
            DEEPEST,
            value -> {
              bounded.next();
              values.accept(value);
            });
      }
    }
  }

  /** Gives each value as much as a line may have. */
  private static final class Bounded extends FilterInputStream {
    private final long most;
    private long values;
    private long bytes;

    Bounded(InputStream in, long most) {
      super(in);
      this.most = most;
    }

    void next() {
      values++;
      bytes = 0;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      bytes += Math.max(0, read);
      if (bytes > Bulk.LARGEST || values > most) {
        throw new IOException(
            values > most
                ? "the results are more than " + most + ", as no batch has"
                : "a result is longer than " + Bulk.LARGEST + " bytes");
      }
      return read;
    }
  }

  /** An object is given without its lists, and what is in these one by one before it. */
  private static void one(JsonParser parser, int levels, Consumer<JsonNode> values)
      throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY && levels > 0) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() == null) {
          throw new JsonEOFException(parser, null, "the results end in the middle of a list");
        }
        one(parser, levels - 1, values);
      }
    } else if (parser.currentToken() == JsonToken.START_OBJECT && levels == DEEPEST) {
      ObjectNode object = JSON.createObjectNode();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (parser.nextToken() == JsonToken.START_ARRAY) {
          one(parser, levels - 1, values);
        } else {
          object.set(name, JSON.<JsonNode>readTree(parser));
        }
      }
      values.accept(object);
    } else {
      JsonNode value = JSON.readTree(parser);
      if (value.isContainerNode()) {
        values.accept(value);
      }
    }
  }

  /**
   * The results among what a line holds.
   *
   * @param id of a result; empty where it is none
   */
  static List<JsonNode> results(List<JsonNode> values, Function<JsonNode, String> id) {
    List<JsonNode> results = new ArrayList<>(1);
    values.forEach(one -> collect(one, DEEPEST, id, results));
    return results;
  }

  private static void collect(
      JsonNode node, int levels, Function<JsonNode, String> id, List<JsonNode> into) {
    if (node.isObject() && !id.apply(node).isEmpty()) {
      into.add(node);
    } else if (levels > 0) {
      for (JsonNode inner : node) {
        if (inner.isContainerNode()) {
          collect(inner, levels - 1, id, into);
        }
      }
    }
  }
}
