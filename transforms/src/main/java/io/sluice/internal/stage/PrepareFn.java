package io.sluice.internal.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.quota.AccountLimits;
import io.sluice.internal.text.ExactJson;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.TupleTag;
import org.jspecify.annotations.Nullable;

/**
 * Makes each document's request: renders the prompt, counts tokens, computes the fingerprint. All
 * the work that needs a processor and no account is done here, in parallel. The key of what comes
 * out is the account; a model in process has none, and there documents are spread by their request.
 */
final class PrepareFn extends DoFn<Document, KV<String, PreparedDocument>> {
  private static final long serialVersionUID = 1L;

  private final ModelTask task;
  private final int shards;
  private final TupleTag<KV<String, PreparedDocument>> prepared;
  private final TupleTag<DeadLetter> deadLetters;
  private transient @Nullable RequestBuilder requests;
  private transient @Nullable AccountLimits limits;
  private transient boolean inProcess;

  PrepareFn(
      ModelTask task,
      int shards,
      TupleTag<KV<String, PreparedDocument>> prepared,
      TupleTag<DeadLetter> dead) {
    this.task = task;
    this.shards = shards;
    this.prepared = prepared;
    this.deadLetters = dead;
  }

  @Setup
  public void setup() {
    Steps steps = task.steps().isEmpty() ? null : new Steps(task);
    requests = new RequestBuilder(steps == null ? task : steps.task(steps.root()));
    limits = new AccountLimits(task);
    inProcess = Providers.of(task).runsInProcess();
  }

  @ProcessElement
  public void process(@Element Document document, MultiOutputReceiver out) {
    RequestBuilder builder = requests;
    AccountLimits accounts = limits;
    if (builder == null || accounts == null) {
      throw new IllegalStateException("The stage was used before its setup");
    }
    ObjectNode fields = ExactJson.fields(document.json());
    if (fields == null) {
      out.get(deadLetters)
          .output(
              DeadLetter.unsent(
                  document, ErrorKind.BAD_INPUT, "Read the document: expected a JSON object"));
      return;
    }
    try {
      String account = accounts.accountOf(document.key());
      Request request = builder.build(fields);
      out.get(prepared)
          .output(KV.of(key(account, request), new PreparedDocument(document, request, account)));
    } catch (PromptException e) {
      out.get(deadLetters)
          .output(DeadLetter.unsent(document, e.kind(), String.valueOf(e.getMessage())));
    }
  }

  /**
   * A shard's accounts share chunks, which keeps rows in the input's order: in batch mode runners
   * serve one key after the other, and all accounts but a few would wait for their turn. A chunk of
   * embeddings is one request and so of one account.
   */
  private String key(String account, Request request) {
    if (inProcess) {
      return Shards.chunkKey(Shards.of(request.fingerprint(), shards), "");
    }
    boolean isRequest = task.operation() == Operation.EMBED;
    return Shards.chunkKey(Shards.of(account, shards), isRequest ? account : "");
  }
}
