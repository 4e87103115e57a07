package io.sluice.internal.completions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.completions.CompletionCaller.ErrorReader;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.text.ForeignJson;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.util.Locale;
import org.apache.hc.core5.http.message.HeaderGroup;

/**
 * Lines of a batch's output and error files (OpenAI's guide to the Batch API, request output): an
 * HTTP response with its status, or an error. Some write the response's body as a text of JSON, and
 * an error as a bare text.
 */
public final class BatchRows {
  private static final String WHAT = "The batch's request";
  private static final ObjectMapper JSON = ForeignJson.MAPPER;

  private BatchRows() {}

  /** The reply that the same request would have had in real time. */
  public static Reply reply(JsonNode line, Answers.Format format, ErrorReader errors) {
    JsonNode response = line.path("response");
    JsonNode error = line.path("error");
    int status = response.path("status_code").asInt(0);
    boolean isBare = status == 0 && response.isObject() && !response.has("body");
    JsonNode body = unwrapped(isBare ? response : response.path("body"));
    // Some leave the status out, or put the answer where its envelope belongs.
    boolean isAnswer = status == 0 && body.isObject() && !body.isEmpty() && isNone(error);
    if (isAnswer || (status >= 200 && status < 300)) {
      return Answers.read(body, Place.inBatch(WHAT), format);
    }
    if (status > 0) {
      String text = body.isTextual() ? body.asText() : body.toString();
      String said = body.isMissingNode() || body.isNull() ? text(error) : text;
      return errors.read(status, new HeaderGroup(), said, WHAT);
    }
    if (error.isObject()) {
      return NoAnswer.inBatch(
          WHAT, error.path("code").asText(""), error.path("message").asText(""));
    }
    return error.isTextual() && !error.asText().isBlank()
        ? NoAnswer.inBatch(WHAT, name(error.asText()), error.asText())
        : NoAnswer.unreadable(
            WHAT + " came back without an answer or an error", null, RateHeaders.NONE);
  }

  /** Of an error that is a bare text: whether the batch has ended before the request was asked. */
  private static String name(String error) {
    String lower = error.toLowerCase(Locale.ROOT);
    return lower.contains("expire") || lower.contains("timeout") || lower.contains("timed out")
        ? "expired"
        : lower.contains("cancel") ? "cancelled" : "";
  }

  private static boolean isNone(JsonNode error) {
    return error.isMissingNode()
        || error.isNull()
        || error.isContainerNode() && error.isEmpty()
        || error.isTextual() && error.asText().isBlank();
  }

  private static String text(JsonNode error) {
    return error.isTextual() ? error.asText() : error.isNull() ? "" : error.toString();
  }

  private static JsonNode unwrapped(JsonNode body) {
    if (!body.isTextual()) {
      return body;
    }
    try {
      return JSON.readTree(body.asText());
    } catch (JsonProcessingException e) {
      return body;
    }
  }
}
