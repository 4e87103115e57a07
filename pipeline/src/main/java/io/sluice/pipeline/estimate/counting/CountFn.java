package io.sluice.pipeline.estimate.counting;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.quota.AccountLimits;
import io.sluice.internal.text.ExactJson;
import io.sluice.pipeline.estimate.counting.Counts.CountsCoder;
import io.sluice.pipeline.estimate.statistics.Distinct;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.io.IOException;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.jspecify.annotations.Nullable;

/**
 * Makes the request that a run would make for each document, counts a bundle of them, and emits the
 * file that has the counts.
 *
 * <p>What an instance has seen so far limits what it keeps: a document that is outside the draw of
 * those seen is outside the draw of all, and a level of {@link Distinct} that those seen need is
 * needed by all. So a bundle that is repeated elsewhere changes nothing.
 */
final class CountFn extends DoFn<Document, String> {
  private static final long serialVersionUID = 1L;

  private final ModelTask task;
  private final @Nullable Price price;
  private final String directory;
  private final @Nullable String ledger;
  private final CountsCoder coder;
  private final long seed;
  private transient @Nullable RowRequests requests;
  private transient @Nullable AccountLimits accounts;
  private transient @Nullable PaidAnswers paidAnswers;
  private transient @Nullable Counts seen;
  private transient @Nullable Counts bundle;

  /**
   * @param directory for counts, unique to this estimate
   * @param price null where it is unknown
   * @param ledger null where there is none
   */
  CountFn(
      ModelTask task,
      @Nullable Price price,
      String directory,
      @Nullable String ledger,
      CountsCoder coder,
      long seed) {
    this.task = task;
    this.price = price;
    this.directory = directory;
    this.ledger = ledger;
    this.coder = coder;
    this.seed = seed;
  }

  @Setup
  public void setup() {
    requests = new RowRequests(task);
    accounts = new AccountLimits(task);
    paidAnswers = ledger == null ? null : PaidAnswers.open(directory, ledger, task, price);
    seen = coder.empty(0);
  }

  @Teardown
  public void teardown() {
    if (paidAnswers != null) {
      paidAnswers.close();
      paidAnswers = null;
    }
  }

  @StartBundle
  public void startBundle() {
    bundle = coder.empty(seen == null ? 0 : seen.distinct.level());
  }

  @ProcessElement
  public void process(@Element Document document) {
    RowRequests builder = requests;
    Counts counts = bundle;
    Counts before = seen;
    if (builder == null || counts == null || before == null) {
      throw new IllegalStateException("The stage was used before its setup");
    }
    counts.documents++;
    RowRequests.Whole whole;
    ObjectNode fields;
    try {
      JsonNode node = ExactJson.read(document.json());
      if (!(node instanceof ObjectNode object)) {
        counts.badInput++;
        return;
      }
      fields = object;
      whole = builder.whole(fields);
    } catch (JsonProcessingException e) {
      counts.badInput++;
      return;
    } catch (PromptException e) {
      if (e.kind() == ErrorKind.TOO_LARGE) {
        counts.tooLarge++;
      } else {
        counts.badPrompt++;
      }
      return;
    }
    Request request = whole.request();
    PaidAnswers.Paid paid = paidAnswers == null ? null : paidAnswers.find(request, fields);
    if (paid == null && !canBeSent(document, whole)) {
      counts.tooLarge++;
      return;
    }
    if (whole.parts() > 0) {
      counts.split++;
      counts.parts += whole.parts();
      counts.moreAsks += paid == null ? whole.asks() - builder.size() : 0;
    }
    count(document, request, paid, counts, before);
  }

  /** Whether each of its requests may pass its account's limit. */
  private boolean canBeSent(Document document, RowRequests.Whole whole) {
    AccountLimits limits = limits();
    Request all = whole.request();
    long output = all.maxOutputTokens() / Math.max(1, whole.asks());
    return limits.canEverFit(
        limits.accountOf(document.key()),
        new Request(all.fingerprint(), all.body(), whole.largest(), output));
  }

  private AccountLimits limits() {
    AccountLimits limits = accounts;
    if (limits == null) {
      throw new IllegalStateException("The stage was used before its setup");
    }
    return limits;
  }

  private void count(
      Document document,
      Request request,
      PaidAnswers.@Nullable Paid paid,
      Counts counts,
      Counts before) {
    String key = limits().accountOf(document.key());
    if (paid != null) {
      counts.paid++;
      counts.paidInputTokens += request.inputTokens();
      counts.paidUsage = counts.paidUsage.plus(paid.usage());
      counts.paidMillis += paid.latencyMs();
    } else {
      counts.addUnpaid(key, 1, request.inputTokens());
    }
    long low = Long.parseUnsignedLong(request.fingerprint(), 16, 32, 16);
    before.distinct.add(low, request.inputTokens(), paid != null);
    counts.distinct.add(low, request.inputTokens(), paid != null);
    long rank = Draw.rank(Long.parseUnsignedLong(request.fingerprint(), 0, 16, 16), seed);
    if (before.draw.accepts(rank)) {
      Draw.Drawn drawn =
          new Draw.Drawn(document, request.fingerprint(), request.inputTokens(), paid != null);
      before.draw.add(rank, drawn);
      counts.draw.add(rank, drawn);
    }
  }

  @FinishBundle
  public void finishBundle(FinishBundleContext context) throws IOException {
    Counts counts = bundle;
    if (counts != null && counts.documents > 0) {
      context.output(
          CountDocuments.writePart(counts, coder, directory),
          GlobalWindow.INSTANCE.maxTimestamp(),
          GlobalWindow.INSTANCE);
    }
    bundle = null;
  }
}
