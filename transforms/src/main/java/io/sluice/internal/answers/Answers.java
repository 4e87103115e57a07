package io.sluice.internal.answers;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.text.ForeignJson;
import io.sluice.internal.text.Text;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.io.IOException;
import java.util.Locale;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a 200: an answer, or one of the many ways in which a 200 is none, as they are
 * with every provider. A room says where in its format the answer is.
 */
public final class Answers {
  /** How the message of an answer begins that another cap would not have cut. */
  public static final String CUT_AT_THE_CAP = "The answer was cut at the output limit";

  private static final ObjectMapper JSON = ForeignJson.MAPPER;
  private static final int EXCERPT = 200;
  private static final int KEPT_OF_A_PAGE = 4_000;

  /**
   * Where an answer stands.
   *
   * @param rates the limits that came with it
   * @param what the request, for messages
   */
  public record Place(MessageHeaders headers, RateHeaders rates, String what) {
    /** Of a line of a batch's results. */
    public static Place inBatch(String what) {
      return new Place(new HeaderGroup(), RateHeaders.NONE, what);
    }
  }

  /** A provider's format. */
  public interface Format {
    /**
     * Reads an answer.
     *
     * @param root what is no error, though it may be anything else
     */
    Reply read(JsonNode root, Place place);
  }

  /**
   * What a model said, wherever it stood.
   *
   * @param finish the provider's word for why it ended; null or empty where it gave none
   * @param whole that word where it gave none and the answer is whole
   * @param refused why it declined, where the provider says so beside the answer; may be empty
   */
  public record Said(
      Content content,
      @Nullable String finish,
      String whole,
      String model,
      @Nullable Usage usage,
      String refused) {}

  private Answers() {}

  /** Reads a body that came with 200. */
  public static Reply read(String body, Place place, Format format) {
    JsonNode root = json(body);
    String type = contentType(place.headers());
    if ((root == null || root.isMissingNode()) && EventStream.isOne(body, type)) {
      root = EventStream.fold(body);
    }
    return root == null || root.isMissingNode()
        ? notAnApi(body, type, place)
        : read(root, place, format);
  }

  /** As above, where the body is JSON within something else. */
  public static Reply read(JsonNode root, Place place, Format format) {
    Reply.Failed error = Errors.within(root, place.headers(), place.what(), place.rates());
    return error != null ? error : format.read(root, place);
  }

  private static @Nullable JsonNode json(String body) {
    try (JsonParser parser = JSON.createParser(withoutComments(body))) {
      JsonNode first = JSON.readTree(parser);
      return first == null ? JSON.missingNode() : isFollowed(parser, first) ? null : first;
    } catch (IOException e) {
      return null;
    }
  }

  /** Whether there is another answer behind it: then it is not known which is that of the call. */
  private static boolean isFollowed(JsonParser parser, JsonNode first) throws IOException {
    try {
      JsonNode second = JSON.readTree(parser);
      return second != null && second.isObject() && !second.equals(first);
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** Proxies that keep a connection awake write comments of event streams before JSON, too. */
  private static String withoutComments(String body) {
    int from = body.startsWith("\uFEFF") ? 1 : 0;
    while (body.startsWith(":", from)
        || body.startsWith("\n", from)
        || body.startsWith("\r", from)) {
      int end = body.indexOf('\n', from);
      if (end < 0) {
        break;
      }
      from = end + 1;
    }
    return body.substring(from);
  }

  private static String contentType(MessageHeaders headers) {
    String type = Told.header(headers, "content-type");
    return type == null ? "" : Text.cut(type, 100).toLowerCase(Locale.ROOT);
  }

  /** A login page, a portal of the network, a web server's greeting. */
  private static Reply notAnApi(String body, String type, Place place) {
    String words = Page.text(body);
    String excerpt = Text.shown(words, EXCERPT);
    boolean isCut = body.stripLeading().startsWith("{") || body.stripLeading().startsWith("[");
    return NoAnswer.unreadable(
        place.what()
            + " was answered 200 with a body that is not JSON"
            + (type.isEmpty() ? "" : " (" + type + ")")
            + (isCut
                ? ", as one that was cut, or two in one"
                : body.isBlank()
                    ? " but empty"
                    : ": something in front of the provider answered, a proxy or a login page; check"
                        + " provider.baseUrl")
            + (excerpt.isEmpty() ? "" : ". It begins: " + excerpt),
        null,
        body.isEmpty() ? null : Text.cut(body, KEPT_OF_A_PAGE),
        place.rates());
  }

  /**
   * A body of the API that lacks what an answer has.
   *
   * @param without what it lacks
   */
  public static Reply without(String without, JsonNode root, @Nullable Usage usage, Place place) {
    String came = Text.cut(root.toString(), Content.MOST_RAW);
    String message =
        place.what()
            + " was answered 200 without "
            + without
            + (root.isEmpty() ? "" : ". It begins: " + Text.shown(came, EXCERPT));
    return NoAnswer.unreadable(message, usage, came, place.rates());
  }

  /** Whether what a model said is an answer. */
  public static Reply chat(Said said, Place place) {
    Content content = said.content();
    FinishReason finish = FinishReason.of(said.finish());
    String refusal = content.refusal();
    if (refusal != null || finish == FinishReason.REFUSED) {
      String why = refusal != null ? refusal : said.refused();
      return unusable(
          ErrorKind.REFUSAL,
          "The model refused" + (why.isBlank() ? "" : ": " + ErrorVerdict.cut(why)),
          said,
          content.isEmpty() && refusal != null ? refusal : raw(content),
          place);
    }
    return switch (finish) {
      case CUT ->
          unusable(
              ErrorKind.TRUNCATED,
              CUT_AT_THE_CAP
                  + "; raise max_tokens"
                  + (content.isEmpty() && !content.besides().isEmpty()
                      ? " (the model sent " + content.besides() + " and no answer)"
                      : ""),
              said,
              raw(content),
              place);
      case CONTEXT ->
          unusable(
              ErrorKind.TRUNCATED,
              "The answer was cut where the model's context ends; shorten the document",
              said,
              raw(content),
              place);
      case FILTERED ->
          unusable(
              ErrorKind.CONTENT_FILTER,
              "The provider's filter stopped the answer",
              said,
              raw(content),
              place);
      case TOOL -> tool(said, place);
      case DONE ->
          content.isEmpty()
              ? content.hasTools() ? tool(said, place) : empty(said, place)
              : answered(said, place);
      case BROKEN, REFUSED ->
          NoAnswer.unreadable(
              place.what()
                  + " ended with finish reason "
                  + Text.shown(String.valueOf(said.finish()), 60)
                  + ", which is not known to mean that the answer is whole",
              said.usage(),
              raw(content),
              place.rates());
    };
  }

  private static Reply answered(Said said, Place place) {
    String finish = said.finish();
    return new Reply.Answered(
        said.content().text(),
        Text.whole(said.model()),
        finish == null || finish.isBlank() ? said.whole() : Text.whole(finish),
        said.usage(),
        place.rates());
  }

  private static Reply empty(Said said, Place place) {
    Content content = said.content();
    return NoAnswer.empty(content.besides(), said.usage(), content.raw(), place.rates());
  }

  private static Reply tool(Said said, Place place) {
    return unusable(
        ErrorKind.INVALID_OUTPUT,
        "The model called a tool where an answer was expected; remove tools from parameters",
        said,
        said.content().raw(),
        place);
  }

  private static Reply unusable(
      ErrorKind kind, String message, Said said, String raw, Place place) {
    return NoAnswer.unusable(kind, message, said.usage(), raw, place.rates());
  }

  /** The text as far as it came, or all that came instead. */
  private static String raw(Content content) {
    return content.isEmpty() ? content.raw() : Text.cut(content.text(), Content.MOST_RAW);
  }
}
