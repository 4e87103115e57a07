package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;

import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Some documents meet the same failure whenever they are asked, whatever it is: every job comes to
 * its end, and none of them is asked without one.
 */
class ForeverTest {
  private static final long SECOND = Drill.SECOND;
  private static final int[] STATUSES = {0, 200, 400, 401, 403, 404, 429, 500, 502, 503, 599};
  private static final int MOST_CALLS = 400;
  private static final long LONGEST = 12 * 3600 * SECOND;

  private static final List<@Nullable Duration> HINTS = new ArrayList<>();

  static {
    HINTS.add(null);
    HINTS.add(Duration.ofMillis(50));
    HINTS.add(Duration.ofSeconds(30));
    HINTS.add(Duration.ofHours(2));
    HINTS.add(Duration.ofDays(100_000));
  }

  private static List<Failure> failures() {
    List<Failure> all = new ArrayList<>();
    for (int status : STATUSES) {
      for (Prior prior : Prior.values()) {
        for (Duration hint : HINTS) {
          for (Left left : List.of(Left.UNKNOWN, Left.NOTHING)) {
            for (boolean worked : new boolean[] {false, true}) {
              all.add(
                  new Failure(
                      Signature.of(status, "", "so it is"), prior, hint, left, "said", worked));
            }
          }
        }
      }
    }
    return all;
  }

  /** Each says it in words of its own, where they are told apart. */
  private static Failure of(Failure failure, int document, boolean ownWords) {
    return !ownWords
        ? failure
        : new Failure(
            Signature.of(
                failure.signature().status(),
                "c" + (char) ('a' + document % 26),
                "own " + document),
            failure.prior(),
            failure.hint(),
            failure.left(),
            failure.said(),
            failure.worked());
  }

  /**
   * @param odd what a document meets; null where it is answered
   */
  private static @Nullable String lookForAnEnd(
      int documents, IntFunction<@Nullable Failure> odd, boolean again) {
    int[] calls = new int[documents];
    Server server =
        (document, latency, at) -> {
          if (++calls[document] > MOST_CALLS) {
            throw new IllegalStateException(
                "document " + document + " is asked too often, after " + at / SECOND + " s");
          }
          Failure said = odd.apply(document);
          return said == null
              ? Server.Said.answers(latency)
              : new Server.Said(3_000_000, said, RateHeaders.NONE);
        };
    Drill drill = new Drill(server, 6_000).latency(0.2, 0.5).maxConcurrent(8);
    if (again) {
      drill.givenUpFor(
          document -> {
            Failure said = odd.apply(document);
            return said == null ? null : said.signature();
          });
    }
    try {
      Drill.Outcome outcome = drill.play(documents, 1, LONGEST);
      boolean ends = outcome.ends < LONGEST && (outcome.left == 0 || outcome.stop != null);
      return ends ? null : outcome.toString();
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  private static void everyJobEnds(int documents, int every, boolean ownWords, boolean again) {
    List<String> wrong = new ArrayList<>();
    for (Failure failure : failures()) {
      String why =
          lookForAnEnd(
              documents,
              document -> document % every == every - 1 ? of(failure, document, ownWords) : null,
              again);
      if (why != null) {
        wrong.add(failure + ": " + why);
      }
    }
    assertThat(wrong.size() + " without an end", wrong, is(empty()));
  }

  @Test
  void oneAmongMany() {
    everyJobEnds(60, 60, false, false);
  }

  @Test
  void some() {
    everyJobEnds(60, 15, false, false);
  }

  @Test
  void someWithWordsOfTheirOwn() {
    everyJobEnds(60, 15, true, false);
  }

  @Test
  void manyWithWordsOfTheirOwn() {
    everyJobEnds(60, 3, true, false);
  }

  @Test
  void someThatWereGivenUpBefore() {
    everyJobEnds(60, 15, true, true);
  }

  @Test
  void all() {
    everyJobEnds(20, 1, true, false);
  }

  /** Each document meets a failure of its own, and more or fewer of them are answered. */
  @Test
  void allKindsAtOnce() {
    List<Failure> all = failures();
    List<String> wrong = new ArrayList<>();
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      double share = random.nextDouble();
      boolean again = random.nextBoolean();
      List<@Nullable Failure> odd = new ArrayList<>();
      for (int document = 0; document < 60; document++) {
        Failure failure = all.get(random.nextInt(all.size()));
        odd.add(random.nextDouble() < share ? of(failure, document, random.nextBoolean()) : null);
      }
      String why = lookForAnEnd(odd.size(), odd::get, again);
      if (why != null) {
        wrong.add(seed + ": " + why);
      }
    }
    assertThat(wrong.size() + " without an end", wrong, is(empty()));
  }
}
