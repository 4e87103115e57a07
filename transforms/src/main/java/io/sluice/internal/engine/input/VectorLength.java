package io.sluice.internal.engine.input;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.Reply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells a vector of another length than the others have: the two cannot be compared, and a server
 * that has asked another model, or has cut its answer, does not say so. The length is the one that
 * most have had, and does not change any more once {@value #ENOUGH} have it. Thread-safe; one an
 * engine, so that it learns of one model on one address.
 */
final class VectorLength {
  private static final int ENOUGH = 10;

  /** Lengths that are counted: who has more has none. */
  private static final int MOST_LENGTHS = 100;

  @GuardedBy("this")
  private final Map<Integer, Integer> seen = new HashMap<>();

  /** In numbers; 0 before the first. */
  @GuardedBy("this")
  private int usual;

  /** The replies to one call, of which those that do not belong to the others are failures. */
  List<Reply> checked(List<Reply> replies) {
    replies.forEach(this::learn);
    return replies.stream().map(this::judged).toList();
  }

  private synchronized void learn(Reply reply) {
    int length = length(reply);
    if (length > 0 && (seen.size() < MOST_LENGTHS || seen.containsKey(length))) {
      int before = seen.getOrDefault(usual, 0);
      int times = seen.merge(length, 1, Integer::sum);
      usual = before < ENOUGH && times > before ? length : usual;
    }
  }

  private synchronized Reply judged(Reply reply) {
    int length = length(reply);
    if (length == 0 || length == usual || !(reply instanceof Reply.Answered answered)) {
      return reply;
    }
    return NoAnswer.unreadable(
        "The embedding has "
            + length
            + " numbers, where others of this model had "
            + usual
            + ": they cannot be compared. Something at provider.baseUrl answers for two models, or"
            + " cuts vectors",
        answered.usage(),
        answered.headers());
  }

  /** In numbers, of base64; 0 where it is none. */
  private static int length(Reply reply) {
    if (!(reply instanceof Reply.Answered answered)) {
      return 0;
    }
    int characters = answered.raw().length();
    while (characters > 0 && answered.raw().charAt(characters - 1) == '=') {
      characters--;
    }
    long bytes = characters * 3L / 4;
    return bytes % Float.BYTES == 0 ? (int) (bytes / Float.BYTES) : 0;
  }
}
