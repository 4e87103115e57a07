package io.sluice.internal.ledger;

import static io.sluice.internal.ledger.Records.answer;
import static io.sluice.internal.ledger.Records.fingerprint;
import static io.sluice.internal.ledger.Records.open;
import static io.sluice.internal.ledger.Records.segments;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFollowerTest {
  @TempDir Path directory;
  private final List<String> seen = new ArrayList<>();

  private boolean poll(LedgerFollower follower) {
    seen.clear();
    return follower.poll(
        (segment, offset, record) -> {
          if (record instanceof LedgerRecord.Begun begun) {
            seen.add("call" + begun.call().number());
          } else if (record instanceof LedgerRecord.Ended ended) {
            seen.add("end" + ended.call().number());
          } else {
            seen.add(record.toString());
          }
        });
  }

  @Test
  void everyLook_handsOnWhatIsNew() {
    LedgerFollower follower = new LedgerFollower(directory.toString());
    assertThat(poll(follower), is(true));
    assertThat(seen, is(empty()));
    try (Ledger ledger = open(directory, "one")) {
      Ledger.Call first = ledger.begin("k", fingerprint(0), BigDecimal.ONE);
      poll(follower);
      assertThat(seen, is(List.of("call0")));
      ledger.end(first, answer("m", "1"));
      ledger.begin("k", fingerprint(1), BigDecimal.ONE);
      poll(follower);
      assertThat(seen, is(List.of("end0", "call1")));
      poll(follower);
      assertThat(seen, is(empty()));
    }
    try (Ledger ledger = open(directory, "two")) {
      ledger.begin("k", fingerprint(2), BigDecimal.ONE);
      poll(follower);
      assertThat(seen, is(List.of("call0")));
    }
  }

  @Test
  void halfARecord_isHandedOnOnceItIsWhole() throws IOException {
    try (Ledger ledger = open(directory, "one")) {
      ledger.begin("k", fingerprint(0), BigDecimal.ONE);
      ledger.begin("k", fingerprint(1), BigDecimal.ONE);
    }
    Path segment = segments(directory).get(0);
    byte[] whole = Files.readAllBytes(segment);
    for (int cut = 0; cut < whole.length; cut++) {
      Files.write(segment, Arrays.copyOf(whole, cut));
      LedgerFollower follower = new LedgerFollower(directory.toString());
      poll(follower);
      List<String> all = new ArrayList<>(seen);
      Files.write(segment, Arrays.copyOfRange(whole, cut, whole.length), StandardOpenOption.APPEND);
      poll(follower);
      all.addAll(seen);
      assertThat("cut at " + cut, all, is(List.of("call0", "call1")));
    }
  }

  @Test
  void ledgerPutAside_isToldOnce_thenReadAnew() throws IOException {
    LedgerFollower follower = new LedgerFollower(directory.toString());
    try (Ledger ledger = open(directory, "one")) {
      ledger.begin("k", fingerprint(0), BigDecimal.ONE);
    }
    poll(follower);
    Files.delete(segments(directory).get(0));
    try (Ledger ledger = open(directory, "two")) {
      ledger.begin("k", fingerprint(0), BigDecimal.ONE);
    }
    assertThat(poll(follower), is(false));
    assertThat(seen, is(empty()));
    assertThat(poll(follower), is(true));
    assertThat(seen, is(List.of("call0")));
  }

  @Test
  void damage_isReportedWithFileAndPlace() throws IOException {
    try (Ledger ledger = open(directory, "one")) {
      ledger.begin("k", fingerprint(0), BigDecimal.ONE);
      ledger.begin("k", fingerprint(1), BigDecimal.ONE);
    }
    Path segment = segments(directory).get(0);
    byte[] bytes = Files.readAllBytes(segment);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf('\n') + 1;
    bytes[at + 12] ^= 1;
    Files.write(segment, bytes);
    LedgerException e =
        assertThrows(LedgerException.class, () -> poll(new LedgerFollower(directory.toString())));
    assertThat(e.getMessage(), containsString(segment + ": the record at byte " + at));
  }
}
