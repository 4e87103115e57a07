package io.sluice.internal.ledger;

import static io.sluice.internal.ledger.Records.CLOCK;
import static io.sluice.internal.ledger.Records.answer;
import static io.sluice.internal.ledger.Records.fingerprint;
import static io.sluice.internal.ledger.Records.open;
import static io.sluice.internal.ledger.Records.segments;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.internal.ledger.LedgerEntry.Outcome;
import io.sluice.internal.ledger.LedgerRecord.AtWork;
import io.sluice.internal.ledger.LedgerRecord.Beat;
import io.sluice.internal.ledger.LedgerRecord.Calls;
import io.sluice.internal.ledger.LedgerRecord.Fit;
import io.sluice.internal.ledger.LedgerRecord.Rows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerCodecTest {
  private static final BigDecimal TENTH = new BigDecimal("0.1");
  private static final Rows ROWS = new Rows(9, 1, 2, 3, 10);
  private static final Map<String, Long> FAILURES = Map.of("call", 3L, "rate", 2L);
  private static final Calls CALLS = new Calls(4, 5, 6, 7, 8, 9);

  @TempDir Path directory;

  // ---- what was released ----------------------------------------------------------------------

  private static byte[] released() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(LedgerCodecTest.class.getResourceAsStream("released.jsonl"))) {
      return in.readAllBytes();
    }
  }

  private static LedgerEntry answered(
      String raw, String model, String finish, Usage usage, @Nullable String usd, int attempts) {
    return new LedgerEntry(
        Outcome.ANSWER,
        raw,
        model,
        finish,
        usage,
        usd == null ? null : new BigDecimal(usd),
        attempts,
        41,
        null,
        "",
        null,
        null,
        false,
        "billed");
  }

  private static LedgerRecord ended(Ledger.Call call, LedgerEntry entry, Fit fit) {
    return new LedgerRecord.Ended(call, CLOCK.millis(), entry, fit, null, false);
  }

  private static LedgerRecord begun(Ledger.Call call, @Nullable String usd) {
    return new LedgerRecord.Begun(call, CLOCK.millis(), usd == null ? null : new BigDecimal(usd));
  }

  private static LedgerRecord batch(String intent, BatchEvent event) {
    return new LedgerRecord.Batch(intent, "", CLOCK.millis(), event);
  }

  private static Ledger.Call call(int number, int fingerprint) {
    return new Ledger.Call("", fingerprint(fingerprint), number, false, null);
  }

  private static Ledger.Call inBatch(int fingerprint, String intent) {
    return Ledger.Call.inBatch("", fingerprint(fingerprint), intent);
  }

  /** The records of the file {@code released.jsonl}, which the release before this type wrote. */
  private static List<LedgerRecord> records() {
    Ledger.Call rides = new Ledger.Call("", fingerprint(2), 1, true, null);
    LedgerEntry first =
        new LedgerEntry(
            Outcome.ANSWER,
            "text \"7\" ü\n",
            "gpt-4o-mini-2024-07-18",
            "stop",
            new Usage(120, 20, 4, 7),
            new BigDecimal("0.00001"),
            1,
            640,
            null,
            "",
            null,
            null,
            false,
            "billed");
    LedgerEntry refused =
        new LedgerEntry(
            Outcome.RETRY,
            null,
            "",
            "",
            Usage.NONE,
            null,
            1,
            7,
            ErrorKind.RATE_LIMITED,
            "slow down",
            429,
            "rate_limit_exceeded",
            true,
            "not_billed");
    LedgerEntry declined =
        new LedgerEntry(
            Outcome.FAILURE,
            "said",
            "m",
            "",
            new Usage(3, 0, 0),
            new BigDecimal("0.001"),
            4,
            9,
            ErrorKind.REFUSAL,
            "no",
            null,
            null,
            false,
            "unknown");
    Map<String, Long> waited = new LinkedHashMap<>();
    waited.put("", 10L);
    waited.put("acme", 20L);
    return List.of(
        new LedgerRecord.Segment(1, "job", "one", 0, CLOCK.millis()),
        begun(call(0, 1), "0.00002145"),
        begun(rides, null),
        ended(call(0, 1), first, Fit.FITS),
        ended(rides, answered("{}", "", "", Usage.NONE, null, 2), Fit.REPEATED),
        begun(call(2, 2), null),
        ended(call(2, 2), answered("{}", "m", "length", new Usage(1, 0, 2), "0", 3), Fit.REFUSED),
        begun(call(3, 3), "0.5"),
        ended(call(3, 3), refused, Fit.FITS),
        begun(call(4, 4), "0.5"),
        ended(call(4, 4), declined, Fit.FITS),
        begun(call(5, 5), "1"),
        begun(inBatch(6, "intent1"), "0.25"),
        begun(inBatch(7, "intent1"), null),
        batch("intent1", new BatchEvent.Intended(2, 10)),
        batch("intent1", new BatchEvent.Created("batch_1", 2)),
        batch("intent1", new BatchEvent.Seen("in_progress", "batch_1", 1L, 0L)),
        batch("intent1", new BatchEvent.Recalled()),
        new LedgerRecord.Ended(
            inBatch(6, "intent1"), CLOCK.millis(), fromBatch("x", "0.1"), Fit.FITS, TENTH, false),
        ended(inBatch(7, "intent1"), fromBatch("y", null), Fit.REPEATED),
        batch("intent1", new BatchEvent.Closed("read", null)),
        begun(inBatch(8, "intent2"), "0.25"),
        batch("intent2", new BatchEvent.Intended(1, 5)),
        new Beat(CLOCK.millis(), 0, ROWS, CALLS, AtWork.NONE, Map.of(), Map.of(), null, null),
        new Beat(
            CLOCK.millis(),
            1,
            ROWS,
            CALLS,
            new AtWork(1, 2, 1),
            waited,
            Map.of(),
            null,
            "no credit"));
  }

  /** What beats have told since the records above were released. */
  @Test
  void beatThatTellsWhatHoldsTheJobUp_isReadAsItWas() {
    Beat beat =
        new Beat(
            CLOCK.millis(),
            1,
            ROWS,
            CALLS,
            AtWork.NONE,
            Map.of(),
            FAILURES,
            "it waits",
            "no credit");
    byte[] line = LedgerLine.encode(beat);
    // Without the line's end, which is not part of what is read.
    assertThat(LedgerLine.decode(line, 0, line.length - 1), is(beat));
  }

  private static LedgerEntry fromBatch(String raw, @Nullable String usd) {
    return new LedgerEntry(
        Outcome.ANSWER,
        raw,
        "m",
        "stop",
        new Usage(5, 0, 1),
        usd == null ? null : new BigDecimal(usd),
        1,
        1000,
        null,
        "",
        null,
        null,
        false,
        "billed");
  }

  @Test
  void everyRecord_isWrittenAsItWas() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (LedgerRecord record : records()) {
      bytes.writeBytes(LedgerLine.encode(record));
    }
    assertThat(
        bytes.toString(StandardCharsets.UTF_8), is(new String(released(), StandardCharsets.UTF_8)));
  }

  @Test
  void everyRecord_isReadAsItWas() throws IOException {
    Path segment = directory.resolve("part-00/one-19b7ca98c882216-000000.jsonl");
    Files.createDirectories(segment.getParent());
    Files.write(segment, released());
    List<LedgerRecord> read = new ArrayList<>();
    LedgerScan.scan(directory.toString(), (file, offset, record) -> read.add(record));
    assertThat(read, is(records().subList(1, records().size())));
    try (Ledger ledger = open(directory, "two")) {
      LedgerEntry found = Objects.requireNonNull(ledger.find(fingerprint(1)));
      assertThat(found.raw(), is("text \"7\" ü\n"));
      assertThat(ledger.totals().spentUsd(), is(new BigDecimal("0.10101")));
      assertThat(ledger.totals().savedByBatchesUsd(), is(TENTH));
      assertThat(ledger.totals().abandonedUsd(), is(new BigDecimal("1.5")));
      assertThat(ledger.openBatches().get(0).intent(), is("intent2"));
      assertThat(ledger.totals().doubtful() + ledger.totals().unknown(), is(0L));
    }
  }

  // ---- what no release wrote ------------------------------------------------------------------

  private static LedgerRecord read(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return LedgerCodec.read(bytes, 0, bytes.length);
  }

  @Test
  void tierAndWhatIsKeptLong_areReadAsTheyWereWritten() {
    for (Tier tier : new Tier[] {Tier.FLEX, Tier.PRIORITY}) {
      Usage usage = new Usage(9, 1, 2, 5, 3, tier);
      LedgerRecord ended = ended(call(0, 1), answered("a", "m", "stop", usage, "0.1", 1), Fit.FITS);
      String line = new String(LedgerCodec.write(ended), StandardCharsets.UTF_8);
      assertThat(read(line.substring(line.indexOf('{')).strip()), is(ended));
    }
  }

  private static String line(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return HexFormat.of().toHexDigits((int) crc.getValue()) + " " + json + "\n";
  }

  private static String end(String more) {
    return "{\"t\":\"end\",\"n\":0,\"fp\":\""
        + fingerprint(1)
        + "\",\"key\":\"k\",\"at\":5,\"outcome\":\"answer\",\"raw\":\"paid\",\"billing\":\"billed\""
        + more
        + "}";
  }

  @Test
  void moreFieldsAndOtherOrder_areReadAsFarAsTheyAreKnown() {
    LedgerRecord.Begun begun =
        (LedgerRecord.Begun)
            read(
                "{\"later\":{\"a\":[1,{}]},\"usd\":0.5,\"at\":\"7\",\"more\":[[]],\"fp\":\""
                    + fingerprint(1)
                    + "\",\"t\":\"call\"}");
    assertThat(begun, is(new LedgerRecord.Begun(call(0, 1), 7, new BigDecimal("0.5"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "5",
        "[]",
        "{",
        "nonsense",
        "{}",
        "{\"t\":null}",
        "{\"t\":7}",
        "{\"t\":\"later\",\"at\":3}",
        "{\"t\":\"call\"}",
        "{\"t\":\"end\",\"fp\":\"9e37\"}",
        "{\"t\":\"end\",\"fp\":{}}",
        "{\"t\":\"batch\"}",
      })
  void whatIsNotUnderstood_isSkippedAndCounted(String json) throws IOException {
    assertThat(read(json), is(instanceOf(LedgerRecord.Unknown.class)));
    try (Ledger ledger = opened(json, end(",\"usd\":\"1\""))) {
      assertThat(ledger.totals().unknown(), is(1L));
      assertThat(ledger.totals().spentUsd(), is(BigDecimal.ONE));
      assertThat(ledger.find(fingerprint(1)), is(notNullValue()));
    }
  }

  private Ledger opened(String... records) throws IOException {
    try (Ledger ledger = open(directory, "one")) {
      ledger.begin("k", fingerprint(1), new BigDecimal("0.25"));
    }
    Path segment = segments(directory).get(0);
    StringBuilder text = new StringBuilder(Files.readString(segment));
    Arrays.asList(records).forEach(record -> text.append(line(record)));
    Files.writeString(segment, text);
    return open(directory, "two");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"in\":-5,\"out\":2",
        "\"in\":9223372036854775807,\"out\":9223372036854775807",
        "\"in\":99999999999999999999999,\"out\":1",
        "\"in\":1e999999999,\"out\":1",
        "\"in\":\"many\",\"out\":1",
        "\"in\":{},\"out\":[]",
        "\"in\":true",
        "\"usd\":\"-3\",\"in\":1,\"out\":1",
        "\"usd\":\"1e999999999\",\"in\":1,\"out\":1",
        "\"usd\":\"1e-999999999\"",
        "\"usd\":1e15",
        "\"usd\":\"free\"",
        "\"usd\":{}",
        "\"saved\":\"NaN\"",
      })
  void tokensAndMoneyThatCannotBe_makeACallOfUnknownBilling(String amounts) throws IOException {
    try (Ledger ledger = opened(end("," + amounts))) {
      LedgerTotals totals = ledger.totals();
      assertThat(totals.doubtful(), is(1L));
      assertThat(totals.usage(), is(Usage.NONE));
      assertThat(totals.spentUsd(), is(BigDecimal.ZERO));
      assertThat(totals.abandonedUsd(), is(new BigDecimal("0.25")));
      assertThat(Objects.requireNonNull(ledger.find(fingerprint(1))).raw(), is("paid"));
    }
  }

  @Test
  void nothingInANumbersPlace_isNothing() throws IOException {
    try (Ledger ledger =
        opened(end(",\"usd\":null,\"in\":null,\"attempts\":null,\"ms\":-7,\"status\":\"x\""))) {
      LedgerEntry entry = Objects.requireNonNull(ledger.find(fingerprint(1)));
      assertThat(entry.costUsd(), is(nullValue()));
      assertThat(entry.latencyMs(), is(0L));
      assertThat(entry.attempts(), is(0));
      assertThat(ledger.totals().doubtful(), is(0L));
    }
  }

  @Test
  void timesThatCannotBe_areBounded() throws IOException {
    String call = "{\"t\":\"call\",\"fp\":\"" + fingerprint(2) + "\",\"key\":\"%s\",\"at\":%s}";
    try (Ledger ledger =
        opened(
            String.format(call, "past", "-8000"),
            String.format(call, "future", "9223372036854775807"),
            String.format(call, "text", "\"noon\""))) {
      assertThat(ledger.lastCallMillis("past"), is(0L));
      assertThat(ledger.lastCallMillis("text"), is(0L));
      // As nanoseconds it still fits.
      assertThat(ledger.lastCallMillis("future"), is(greaterThanOrEqualTo(CLOCK.millis())));
      assertThat(
          ledger.lastCallMillis("future"), is(lessThanOrEqualTo(Long.MAX_VALUE / 1_000_000)));
    }
  }

  @Test
  void kindsAndOutcomesOfALaterVersion_areNoErrors() throws IOException {
    String failed = end(",\"kind\":\"gone_fishing\",\"message\":\"m\"");
    try (Ledger ledger =
        opened(
            failed.replace("\"answer\"", "\"failure\""),
            end("").replace("\"answer\"", "\"half\"").replace(fingerprint(1), fingerprint(2)))) {
      assertThat(
          Objects.requireNonNull(ledger.find(fingerprint(1))).kind(), is(ErrorKind.SERVER_ERROR));
      assertThat(ledger.find(fingerprint(2)), is(nullValue()));
    }
  }

  @Test
  void textInAFingerprintsPlace_isFoundByNobody() throws IOException {
    String text = "this is not hexadecimal, not in the least; 64 characters are it.";
    try (Ledger ledger = opened(end("").replace(fingerprint(1), text), end(""))) {
      assertThat(Objects.requireNonNull(ledger.find(fingerprint(1))).raw(), is("paid"));
      assertThat(ledger.find(fingerprint(2)), is(nullValue()));
    }
  }

  @Test
  void batchesThatCannotBe_areNoErrors() {
    LedgerBatches batches = new LedgerBatches();
    String batch = "{\"t\":\"batch\",\"batch\":\"b\",\"state\":%s,\"at\":-1,\"requests\":%s}";
    batches.add(read(String.format(batch, "\"intended\"", "99999999999999")));
    batches.add(read(String.format(batch, "null", "-1")));
    batches.add(read(String.format(batch, "{}", "\"two\"")));
    LedgerBatches.Batch open = batches.open().get(0);
    assertThat(open.requests(), is(Integer.MAX_VALUE));
    assertThat(open.intendedAt(), is(Instant.EPOCH));
  }

  @Test
  void beatsThatCannotBe_areBounded() {
    Beat beat =
        (Beat)
            read(
                "{\"t\":\"beat\",\"shard\":-3,\"seen\":-1,\"answered\":1e99,\"waitedMs\":"
                    + "{\"a\":-5,\"b\":{\"c\":1},\"d\":7,\"e\":1e999,\"f\":null},\"stopped\":null}");
    assertThat(beat.shard(), is(0));
    assertThat(beat.rows().seen(), is(0L));
    assertThat(beat.rows().answered(), is(greaterThanOrEqualTo(1L)));
    assertThat(beat.waitedMs(), is(Map.of("a", 0L, "d", 7L)));
    assertThat(beat.stopped(), is(nullValue()));
  }

  /** Whatever a byte is changed to: an answer is found or it is not, and nothing is thrown. */
  @Test
  void anyBytesUnderARightChecksum_open() throws IOException {
    Random random = new Random(7);
    List<String> records = new ArrayList<>();
    for (String line : new String(released(), StandardCharsets.UTF_8).split("\n")) {
      for (int i = 0; i < 40; i++) {
        byte[] json = line.substring(9).getBytes(StandardCharsets.UTF_8);
        for (int change = random.nextInt(4); change >= 0; change--) {
          json[random.nextInt(json.length)] = (byte) (' ' + random.nextInt(95));
        }
        records.add(new String(json, StandardCharsets.ISO_8859_1));
      }
    }
    try (Ledger ledger = opened(records.toArray(String[]::new))) {
      assertThat(ledger.totals().spentUsd(), is(greaterThanOrEqualTo(BigDecimal.ZERO)));
      for (int i = 0; i < 9; i++) {
        ledger.find(fingerprint(i));
      }
      ledger.openBatches();
    }
  }

  @Test
  void anAnswerOfAnyLength_isReadAgain() {
    String raw = "x".repeat(21_000_000);
    LedgerRecord.Ended ended =
        (LedgerRecord.Ended)
            ended(call(0, 1), answered(raw, "m", "stop", Usage.NONE, null, 1), Fit.FITS);
    byte[] line = LedgerLine.encode(ended);
    assertThat(LedgerLine.decode(line, 0, line.length - 1), is(ended));
  }

  @Test
  void halfACharacter_isReplaced() {
    LedgerEntry entry = answered("a\ud83db", "m", "stop", Usage.NONE, null, 1);
    byte[] line = LedgerLine.encode(ended(call(0, 1), entry, Fit.FITS));
    LedgerRecord.Ended read = (LedgerRecord.Ended) LedgerLine.decode(line, 0, line.length - 1);
    assertThat(Objects.requireNonNull(read).entry().raw(), is("a\ufffdb"));
    assertThat(List.of(read.entry().model(), answer("m", "1").model()), contains("m", "m"));
  }
}
