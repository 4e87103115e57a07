package io.sluice.internal.judge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells a vector of another length than the others have: the two cannot be compared, and a server
 * that has asked another model, or has cut its answer, does not say so. The length is the one that
 * most have had, and does not change any more once {@value #ENOUGH} have it. Vectors are in base64,
 * as {@link AnswerJudge#judge} takes them. Thread-safe.
 */
public final class VectorLength {
  private static final int ENOUGH = 10;

  /** Lengths that are counted: a server that has more has none. */
  private static final int MOST_LENGTHS = 100;

  @GuardedBy("this")
  private final Map<Integer, Integer> seen = new HashMap<>();

  /** In numbers; 0 before the first. */
  @GuardedBy("this")
  private int usual;

  /** Vectors have come, of one call or of an earlier run: what comes is held against them. */
  public synchronized void learn(List<String> vectors) {
    for (String vector : vectors) {
      int length = length(vector);
      if (length > 0 && (seen.size() < MOST_LENGTHS || seen.containsKey(length))) {
        int before = seen.getOrDefault(usual, 0);
        int times = seen.merge(length, 1, Integer::sum);
        usual = before < ENOUGH && times > before ? length : usual;
      }
    }
  }

  /** What is wrong with a vector's length; empty where nothing is. */
  public synchronized String problem(String vector) {
    int length = length(vector);
    return length == 0 || length == usual
        ? ""
        : "The embedding has "
            + length
            + " numbers, where others of this model have "
            + usual
            + ": they cannot be compared; look whether two models answer at provider.baseUrl";
  }

  /** In numbers; 0 where it is none. */
  private static int length(String vector) {
    int characters = vector.length();
    while (characters > 0 && vector.charAt(characters - 1) == '=') {
      characters--;
    }
    long bytes = characters * 3L / 4;
    return bytes % Float.BYTES == 0 ? (int) (bytes / Float.BYTES) : 0;
  }
}
