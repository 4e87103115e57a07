package io.sluice.pipeline.cascade;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.Answer;
import io.sluice.Answer.Cascaded;
import io.sluice.Answer.ServedBy;
import io.sluice.Document;
import io.sluice.Source;
import io.sluice.Usage;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.pipeline.cascade.CascadeUse.Audit;
import io.sluice.pipeline.cascade.CascadeUse.OfLabel;
import io.sluice.pipeline.cascade.CascadeUse.OfVersion;
import io.sluice.pipeline.json.Json;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CascadeLogTest {
  private static final long AT = 1_700_000_000_000L;

  private final CascadeLog log = new CascadeLog();
  private final CascadeRows rows = new CascadeRows();

  private void record(long at, String kind, String body) {
    log.add(new LedgerRecord.Cascade(at, kind, body));
  }

  private void rows(int count, ServedBy by, String output, String small) {
    for (int i = 0; i < count; i++) {
      rows.add(
          new Answer(
                  new Document("d", null, "{}", new Source("f", 1)),
                  output,
                  "m",
                  "stop",
                  Usage.NONE,
                  null,
                  1,
                  1,
                  by)
              .withCascaded(new Cascaded("1-aa", 0.9, small)));
    }
  }

  private void fill() {
    record(
        AT,
        "version",
        "{\"epoch\":1,\"name\":\"1-aa\",\"examples\":[\"x\",\"y\"],\"weights\":\"w\","
            + "\"proven\":[{\"threshold\":0.75,\"tested\":90,\"differ\":2}]}");
    record(AT + 9, "flow", flow(2_000, 900, 40, 1, ""));
    record(AT + 5, "flow", flow(1_000, 400, 20, 1, ""));
    record(
        AT,
        "served",
        "{\"version\":\"1-aa\",\"outputs\":[\"\\\"a\\\"\",\"\\\"b\\\"\"],"
            + "\"rows\":[[\"f1\",0,0.9],[\"f2\",1,0.8],[\"f3\",0,0.8]]}");
    record(
        AT,
        "audited",
        "{\"version\":\"1-aa\",\"outputs\":[\"\\\"a\\\"\"],\"rows\":[[\"f4\",0,1]]}");
    record(AT + 10_000, "doubt", flow(3_000, 950, 50, 7, ",\"why\":\"doubt\""));
    record(AT + 20_000, "doubt", "{\"epoch\":2,\"why\":\"unlearnt\"}");
    rows(3, ServedBy.CASCADE, "\"a\"", "\"a\"");
    rows(6, ServedBy.REALTIME, "\"a\"", "\"a\"");
    rows(2, ServedBy.LEDGER, "\"b\"", "\"a\"");
    rows(1, ServedBy.CASCADE, "\"b\"", "\"b\"");
  }

  private static String flow(int rows, int answered, int audited, int found, String more) {
    return "{\"name\":\"1-aa\",\"epoch\":1,\"rows\":"
        + rows
        + ",\"answered\":["
        + answered
        + "],\"audited\":["
        + audited
        + "],\"found\":["
        + found
        + "],\"thresholds\":[0.8],\"wrongAtMost\":[0.0612345]"
        + more
        + "}";
  }

  @Test
  void rowsCallsAndMoney_ofWhatIsThere() {
    fill();
    CascadeUse use = log.use(rows, 20, 10, new BigDecimal("0.05"));
    assertThat("rows of the outputs", use.rows(), is(4L));
    assertThat("requests of all runs", use.callsSaved(), is(3L));
    assertThat(use.savedUsd(), is(new BigDecimal("0.015")));
    assertThat(use.byLabel(), contains(new OfLabel("a", 3, 8, 2), new OfLabel("b", 1, 0, 0)));
  }

  @Test
  void theAgreementOfAudits_hasAnInterval_alsoOfAllRows() {
    fill();
    Audit audit = Objects.requireNonNull(log.use(rows, 20, 10, null).audit());
    assertThat(audit.rows(), is(8L));
    assertThat(audit.differ(), is(2L));
    assertThat(audit.agreement(), is(0.75));
    assertThat("Wilson's", audit.low(), is(closeTo(0.409, 0.001)));
    assertThat("Wilson's", audit.high(), is(closeTo(0.929, 0.001)));
    // A fifth of the rows is the small model's.
    assertThat(audit.ofAllLow(), is(closeTo(1 - 0.2 * (1 - 0.409), 0.001)));
  }

  @Test
  void aVersionHasItsTest_itsThresholds_andWhyItEnded() {
    fill();
    CascadeUse use = log.use(rows, 20, 10, null);
    OfVersion first = use.versions().get(0);
    assertThat(first.version(), is("1-aa"));
    assertThat(first.learntFrom(), is(2L));
    assertThat(first.tested(), is(90L));
    assertThat(first.testDiffer(), is(2L));
    assertThat(first.thresholds(), contains(0.75));
    assertThat(first.laterThresholds(), contains(0.8));
    assertThat(first.calls(), is(3L));
    assertThat("the newest", first.audited(), is(50L));
    assertThat(first.differAtMost(), is(0.0612));
    assertThat(first.ended(), is("doubt"));
    assertThat(first.endedAt(), is("2023-11-14T22:13:30Z"));
    assertThat(use.versions().get(1).ended(), is("unlearnt"));
    assertThat(String.join("\n", use.words()), containsString("It has stopped at 2023-11-14"));
  }

  @Test
  void withoutAPrice_nothingIsSaidOfMoney() {
    fill();
    CascadeUse use = log.use(rows, 20, 10, null);
    assertThat(use.savedUsd(), is(nullValue()));
    assertThat(use.words().get(0), is("Cascade: the small model answered 3 requests"));
  }

  @Test
  void ofAJobAtWork_theLedgerSays() {
    fill();
    CascadeUse use = log.use(new CascadeRows(), 20, 10, null);
    assertThat(Objects.requireNonNull(use.audit()).rows(), is(50L));
    assertThat(use.rows(), is(3L));
  }

  @Test
  void whereNothingWasLearnt_itSaysWhy() {
    assertThat(log.isEmpty(), is(true));
    assertThat(
        log.use(rows, 20, 10, null).words().get(0),
        containsString("all rows were asked before it had learnt"));
    record(AT, "doubt", "{\"epoch\":1,\"why\":\"unlearnt\"}");
    assertThat(
        log.use(rows, 20, 10, null).words().get(0),
        containsString("would answer nothing that is proven"));
  }

  @Test
  void itIsReadAsItWasWritten() throws IOException {
    fill();
    CascadeUse use = log.use(rows, 20, 10, new BigDecimal("0.05"));
    assertThat(Json.read(Json.line(use), CascadeUse.class), is(use));
    assertThat(CascadeRows.of(rows.byOutput()), is(rows));
    CascadeRows twice = CascadeRows.of(rows.byOutput());
    twice.add(rows);
    assertThat(twice.all().audited(), is(16L));
  }
}
