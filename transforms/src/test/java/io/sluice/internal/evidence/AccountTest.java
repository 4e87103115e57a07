package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The account's failure, the task's, or the documents'. */
class AccountTest {
  private static final long SECOND = Drill.SECOND;
  private static final long MINUTE = Drill.MINUTE;

  private static final List<Failure> OF_THE_TASK =
      List.of(
          Servers.failure(400, Prior.DOCUMENT, "API key not valid. Please pass a valid API key."),
          Servers.failure(400, Prior.DOCUMENT, "stream must be true"),
          Servers.failure(404, Prior.ACCOUNT, "no such route"),
          Servers.failure(405, Prior.DOCUMENT, "Method Not Allowed"),
          Servers.failure(307, Prior.DOCUMENT, "redirect to http://elsewhere.test/"),
          Servers.failure(200, Prior.SERVER, "<html> Sign in to the portal </html>"),
          Servers.failure(403, Prior.ACCOUNT, "blocked by a rule of the proxy"));

  @Test
  void everythingFailsAlikeFromTheFirst_theAccountStops_andEveryDocumentIsStillToDo() {
    for (Failure failure : OF_THE_TASK) {
      Drill.Outcome outcome =
          new Drill(Servers.byDocument(i -> failure), 6_000)
              .maxConcurrent(30)
              .play(1_000, 1, 10 * MINUTE);
      String what = failure.said() + ": " + outcome;
      assertThat(what, outcome.stop, is(notNullValue()));
      assertThat(what, outcome.stop().scope(), is(Scope.ACCOUNT));
      assertThat(what, outcome.stop().why(), containsString(failure.said()));
      assertThat(what, outcome.dead, is(empty()));
      assertThat(what, outcome.left, is(1_000L));
      assertThat("calls, " + what, outcome.sent, is(lessThanOrEqualTo(2 * 30L + 8)));
      assertThat(what, outcome.stoppedAt, is(lessThan(30 * SECOND)));
    }
  }

  @Test
  void aBadKey_stopsAtOnce() {
    Failure failure = Servers.failure(401, Prior.ACCOUNT, "who are you");
    Drill.Outcome outcome =
        new Drill(Servers.byDocument(i -> failure), 6_000).maxConcurrent(30).play(1_000, 1, MINUTE);
    assertThat(outcome.toString(), outcome.stop, is(notNullValue()));
    assertThat(outcome.stoppedAt, is(lessThan(SECOND)));
    assertThat(outcome.sent, is(lessThanOrEqualTo(30L)));
    assertThat(outcome.left, is(1_000L));
  }

  @Test
  void aKeyThatIsTakenBackInTheMiddle_stops_whateverItsWordsAre() {
    for (Failure failure :
        List.of(
            Servers.failure(401, Prior.ACCOUNT, "who are you"),
            Servers.failure(400, Prior.DOCUMENT, "the credential was revoked"))) {
      Server server =
          (document, latency, at) ->
              at < 20 * SECOND
                  ? Server.Said.answers(latency)
                  : new Server.Said(3_000_000, failure, RateHeaders.NONE);
      Drill.Outcome outcome =
          new Drill(server, 6_000).maxConcurrent(200).play(5_000, 1, 10 * MINUTE);
      String what = failure.said() + ": " + outcome;
      assertThat(what, outcome.stop, is(notNullValue()));
      assertThat(what, outcome.dead, is(empty()));
      assertThat(what, outcome.stoppedAt, is(lessThan(50 * SECOND)));
      assertThat(what, outcome.left, is(greaterThan(2_500L)));
    }
  }

  /** Requests overtake each other: one that left earlier can be refused, and a later one pass. */
  @Test
  void aCreditThatRunsOutAmongCallsInFlight_buriesNoDocument() {
    Failure spent = Servers.failure(400, Prior.ACCOUNT, "your limit of spending is reached");
    for (int seed = 1; seed <= 40; seed++) {
      int credit = 100 + 5 * seed;
      int[] taken = {0};
      Server server =
          (document, latency, at) ->
              taken[0]++ < credit
                  ? Server.Said.answers(latency)
                  : new Server.Said(3_000_000, spent, RateHeaders.NONE);
      Drill.Outcome outcome =
          new Drill(server, 1_000_000)
              .latency(0.005, 0.5)
              .maxConcurrent(50)
              .play(300, seed, 10 * MINUTE);
      String what = credit + " of 300: " + outcome;
      assertThat(what, outcome.dead, is(empty()));
      assertThat(what, outcome.answered, is(Math.min(300L, credit)));
      assertThat(what, outcome.stop == null, is(credit >= 300));
    }
  }

  @Test
  void documentsWithTheWordsOfAnAccount_atTheEnd_areDeadLettersWhereMostOthersPass() {
    Failure quoted = Servers.failure(400, Prior.ACCOUNT, "cannot read 'api key not valid'");
    for (int seed = 1; seed <= 40; seed++) {
      int first = 190 - seed;
      Server server = Servers.byDocument(i -> i >= first && i < first + 3 ? quoted : null);
      Drill.Outcome outcome =
          new Drill(server, 1_000_000)
              .latency(0.5, 0.5)
              .maxConcurrent(64)
              .play(200, seed, 10 * MINUTE);
      String what = first + " of 200: " + outcome;
      assertThat(what, outcome.stop, is(nullValue()));
      assertThat(
          what, outcome.dead.stream().sorted().toList(), is(List.of(first, first + 1, first + 2)));
    }
  }

  @Test
  void badDocumentsAtTheHead_ofOneMessageOrOfMany_areDeadLetters_andTheRestIsAnswered() {
    for (boolean same : new boolean[] {true, false}) {
      for (int bad : new int[] {20, 200, 1_500}) {
        Server server =
            Servers.byDocument(
                i ->
                    i >= bad
                        ? null
                        : Servers.failure(
                            400, Prior.DOCUMENT, same ? "field x is missing" : words(i)));
        Drill.Outcome outcome =
            new Drill(server, 6_000)
                .maxConcurrent(50)
                .readsAhead(2_000)
                .play(2_500, 1, 10 * MINUTE);
        String what = bad + (same ? " alike: " : " of many kinds: ") + outcome;
        assertThat(what, outcome.stop, is(nullValue()));
        assertThat(what, outcome.dead, hasSize(bad));
        assertThat(what, outcome.dead.stream().allMatch(i -> i < bad), is(true));
        assertThat(what, outcome.answered, is(2_500L - bad));
      }
    }
  }

  private static String words(int i) {
    String[] words = {"apple", "pear", "stone", "river", "glass", "horn", "lamp", "door", "wool"};
    StringBuilder text = new StringBuilder();
    for (int j = 0; j < 6; j++) {
      text.append(words[Math.floorMod(i * (j + 3) + j * j * 7 + i / 9, words.length)]).append(' ');
    }
    return text.toString();
  }

  @Test
  void badDocumentsInTheMiddle_areDeadLetters() {
    Server server =
        Servers.byDocument(
            i ->
                i >= 1_000 && i < 1_300
                    ? Servers.failure(400, Prior.DOCUMENT, "field x is missing")
                    : null);
    Drill.Outcome outcome =
        new Drill(server, 6_000).maxConcurrent(50).readsAhead(2_000).play(3_000, 1, 10 * MINUTE);
    assertThat(outcome.toString(), outcome.stop, is(nullValue()));
    assertThat(outcome.dead, hasSize(300));
    assertThat(outcome.answered, is(2_700L));
  }

  @Test
  void badDocumentsHereAndThere_areDeadLettersAtOnce_alsoWhereWordsSayItIsTheAccounts() {
    for (Prior prior : new Prior[] {Prior.DOCUMENT, Prior.ACCOUNT}) {
      Server server =
          Servers.byDocument(
              i -> i % 10 == 3 ? Servers.failure(403, prior, "blocked: select") : null);
      Drill.Outcome outcome =
          new Drill(server, 6_000).maxConcurrent(200).play(3_000, 1, 10 * MINUTE);
      assertThat(prior + ": " + outcome, outcome.stop, is(nullValue()));
      assertThat(prior + ": " + outcome, outcome.dead, hasSize(300));
      assertThat(prior + ": " + outcome, outcome.perMinute(), is(greaterThan(4_500.0)));
    }
  }

  @Test
  void fewDocumentsAllBad_areDeadLetters() {
    Drill.Outcome outcome =
        new Drill(
                Servers.byDocument(i -> Servers.failure(400, Prior.DOCUMENT, "field x is missing")),
                6_000)
            .play(5, 1, 10 * MINUTE);
    assertThat(outcome.toString(), outcome.stop, is(nullValue()));
    assertThat(outcome.dead, hasSize(5));
  }

  @Test
  void usedUpInUnknownWords_stops_withTheTimeToComeBack() {
    Server server =
        (document, latency, at) ->
            at < 20 * SECOND
                ? Server.Said.answers(latency)
                : Server.Said.refuses(Servers.refusal(null, Left.UNKNOWN));
    Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(200).play(5_000, 1, 60 * MINUTE);
    assertThat(outcome.toString(), outcome.stop, is(notNullValue()));
    assertThat(outcome.stop().scope(), is(Scope.RATE));
    assertThat(
        outcome.stop().why(),
        allOf(matchesPattern(".* since 00:00:(19|20), .*"), containsString("midnight")));
    assertThat(outcome.dead, is(empty()));
    assertThat(outcome.stoppedAt, is(greaterThan(5 * MINUTE)));
    assertThat(outcome.stoppedAt, is(lessThan(6 * MINUTE)));
    assertThat("few ask in vain", outcome.refused.size(), is(lessThan(150)));
  }

  @Test
  void aWaitOfHours_stops_andSaysUntilWhen() {
    for (long from : new long[] {0, 20}) {
      Server server =
          (document, latency, at) ->
              at < from * SECOND
                  ? Server.Said.answers(latency)
                  : Server.Said.refuses(Servers.refusal(Duration.ofHours(5), Left.UNKNOWN));
      Drill.Outcome outcome =
          new Drill(server, 6_000).maxConcurrent(200).play(5_000, 1, 60 * MINUTE);
      assertThat(outcome.toString(), outcome.stop, is(notNullValue()));
      assertThat(outcome.stop().scope(), is(Scope.RATE));
      assertThat(outcome.stop().why(), containsString("until 05:00:"));
      assertThat(outcome.stop().comeBackAt(), is(greaterThan(5 * 60 * MINUTE)));
      assertThat(outcome.stoppedAt, is(lessThan((from + 5) * SECOND)));
      assertThat(outcome.dead, is(empty()));
    }
  }

  @Test
  void aWaitOfHoursThatOthersAreNotTold_isThatCallsAlone() {
    Server server =
        new Server() {
          private int calls;

          @Override
          public Said arrives(int document, long latency, long at) {
            return calls++ % 50 == 7
                ? Said.refuses(Servers.refusal(Duration.ofHours(5), Left.UNKNOWN))
                : Said.answers(latency);
          }
        };
    Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(200).play(3_000, 1, 60 * MINUTE);
    assertThat(outcome.toString(), outcome.stop, is(nullValue()));
    assertThat(outcome.toString(), outcome.answered, is(3_000L));
  }

  @Test
  void aWaitOfHalfAnHour_isSatOut() {
    Server server =
        (document, latency, at) ->
            at > 20 * SECOND && at < 30 * MINUTE
                ? Server.Said.refuses(
                    Servers.refusal(Duration.ofNanos(30 * MINUTE - at), Left.UNKNOWN))
                : Server.Said.answers(latency);
    Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(200).play(4_000, 1);
    assertThat(outcome.toString(), outcome.answered, is(4_000L));
    assertThat(outcome.toString(), outcome.refused.size(), is(lessThan(100)));
  }
}
