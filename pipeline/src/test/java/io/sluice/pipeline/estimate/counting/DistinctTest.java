package io.sluice.pipeline.estimate.counting;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.Document;
import io.sluice.Source;
import io.sluice.Usage;
import io.sluice.pipeline.estimate.counting.Counts.CountsCoder;
import io.sluice.pipeline.estimate.statistics.Distinct;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DistinctTest {

  @Test
  void few_areCountedExactly() {
    Distinct distinct = new Distinct();
    for (int i = 0; i < 1_000; i++) {
      distinct.add(i % 250 * 0x9E3779B97F4A7C15L, 1 + i % 250, false);
    }
    assertThat(distinct.isExact(), is(true));
    assertThat(distinct.shares(false).ofRequests(), is(0.25));
    assertThat(distinct.shares(false).ofTokens(), is(0.25));
    assertThat(distinct.shares(true).ofRequests(), is(1.0));
  }

  @Test
  void many_areEstimatedInTheSameMemory_inAnyOrderAndCut() {
    Random random = new Random(1);
    long[] hashes = random.longs(200_000).toArray();
    Distinct whole = new Distinct();
    Distinct left = new Distinct();
    Distinct right = new Distinct();
    for (int i = 0; i < 400_000; i++) {
      // The first half comes twice, some of it ten times as long.
      long hash = hashes[i < 200_000 ? i : (i - 200_000) / 2];
      long tokens = (hash & 7) == 0 ? 1_000 : 100;
      whole.add(hash, tokens, false);
      (i % 3 == 0 ? left : right).add(hash, tokens, false);
    }
    assertThat(whole.size(), lessThanOrEqualTo(Distinct.CAPACITY));
    assertThat(whole.shares(false).ofRequests(), closeTo(0.5, 0.01));
    assertThat(whole.shares(false).ofTokens(), closeTo(0.5, 0.02));
    left.add(right);
    assertThat(left.level(), is(whole.level()));
    assertThat(left.shares(false), is(whole.shares(false)));
  }

  @Test
  void draw_isUniform_andTheSameInAnyOrder() {
    int[] drawn = new int[20];
    for (int seed = 0; seed < 4_000; seed++) {
      Draw draw = new Draw(5);
      Draw first = new Draw(5);
      Draw second = new Draw(5);
      for (int i = 0; i < 20; i++) {
        long rank = Draw.rank(new Random(i).nextLong(), seed);
        draw.add(rank, document(i));
        (i % 2 == 0 ? second : first).add(rank, document(i));
      }
      first.add(second);
      assertThat(first.documents(), is(draw.documents()));
      draw.documents().forEach(one -> drawn[Integer.parseInt(one.document().id())]++);
    }
    for (int count : drawn) {
      // A quarter of 4,000, and five standard deviations.
      assertThat((double) count, closeTo(1_000, 137));
    }
  }

  @Test
  void ofOneRequest_theFirstDocumentIsDrawn() {
    Draw draw = new Draw(2);
    draw.add(7, document(3));
    draw.add(7, document(1));
    draw.add(7, document(2));
    assertThat(draw.documents(), is(List.of(document(1))));
  }

  private static Draw.Drawn document(int position) {
    Source source = new Source("file", position);
    return new Draw.Drawn(
        new Document(String.valueOf(position), null, "{}", source), "fp", 10, false);
  }

  @Test
  void counts_surviveTheirCoder() throws IOException {
    Counts counts = new Counts(3);
    counts.documents = 9;
    counts.badInput = 1;
    counts.badPrompt = 2;
    counts.tooLarge = 3;
    counts.addUnpaid("acme", 4, 400);
    counts.paid(document(1), new Usage(11, 5, 7), 1_234);
    counts.distinct.add(5, 10, false);
    counts.draw.add(8, document(1));
    CountsCoder coder = new CountsCoder(3);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    coder.encode(counts, bytes);
    Counts sum = new Counts(3);
    sum.add(coder.decode(new ByteArrayInputStream(bytes.toByteArray())));
    sum.add(coder.decode(new ByteArrayInputStream(bytes.toByteArray())));
    assertThat(
        List.of(sum.documents, sum.badInput, sum.badPrompt, sum.tooLarge, sum.paid, sum.paidMillis),
        is(List.of(18L, 2L, 4L, 6L, 2L, 2_468L)));
    assertThat(sum.paidUsage, is(new Usage(22, 10, 14)));
    assertThat(sum.unpaid, is(6L));
    assertThat(sum.unpaidInputTokens, is(780L));
    assertThat(sum.distinct.shares(false).ofRequests(), is(0.5));
    assertThat(sum.draw.documents(), is(List.of(document(1))));
  }
}
