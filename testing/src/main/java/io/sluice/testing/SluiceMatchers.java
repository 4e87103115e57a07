package io.sluice.testing;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import org.hamcrest.FeatureMatcher;
import org.hamcrest.Matcher;

/**
 * Hamcrest matchers of answers and dead letters. Within {@code PAssert.that(…).satisfies(…)} make
 * them in the function itself: matchers cannot be sent to a worker.
 */
public final class SluiceMatchers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SluiceMatchers() {}

  /**
   * An answer with this output.
   *
   * @param output of a text or label the text itself, of all else JSON as text
   */
  public static Matcher<Answer> answer(Matcher<? super String> output) {
    return new FeatureMatcher<Answer, String>(output, "an answer with output", "output") {
      @Override
      protected String featureValueOf(Answer actual) {
        return text(actual.outputJson());
      }
    };
  }

  /** An answer to the document of this id, with this output. */
  public static Matcher<Answer> answerTo(String id, Matcher<? super String> output) {
    Matcher<Answer> document =
        new FeatureMatcher<Answer, String>(is(id), "an answer to the document", "document") {
          @Override
          protected String featureValueOf(Answer actual) {
            return actual.document().id();
          }
        };
    return allOf(document, answer(output));
  }

  /** A dead letter of this kind. */
  public static Matcher<DeadLetter> deadLetter(ErrorKind kind) {
    return new FeatureMatcher<DeadLetter, ErrorKind>(is(kind), "a dead letter of kind", "kind") {
      @Override
      protected ErrorKind featureValueOf(DeadLetter actual) {
        return actual.kind();
      }
    };
  }

  /** A dead letter of this kind, of the document of this id. */
  public static Matcher<DeadLetter> deadLetterOf(String id, ErrorKind kind) {
    Matcher<DeadLetter> document =
        new FeatureMatcher<DeadLetter, String>(
            is(id), "a dead letter of the document", "document") {
          @Override
          protected String featureValueOf(DeadLetter actual) {
            return actual.document().id();
          }
        };
    return allOf(document, deadLetter(kind));
  }

  private static String text(String outputJson) {
    try {
      JsonNode output = JSON.readTree(outputJson);
      return output.isTextual() ? output.asText() : outputJson;
    } catch (JsonProcessingException e) {
      return outputJson;
    }
  }
}
