package io.sluice.internal.stage;

import io.sluice.DeadLetter;
import io.sluice.DeadLetterCoder;
import io.sluice.Document;
import io.sluice.DocumentCoder;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.Source;
import io.sluice.internal.engine.PreparedDocument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.Distinct;
import org.apache.beam.sdk.transforms.Keys;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.SimpleFunction;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;
import org.junit.jupiter.api.Test;

class PrepareFnTest {
  private static final TupleTag<KV<String, PreparedDocument>> PREPARED = new TupleTag<>("rows");
  private static final TupleTag<DeadLetter> DEAD = new TupleTag<>("dead");

  private static final ModelTask UNLISTED =
      ModelTask.of(
          "a",
          new Provider("openai", "http://localhost/v1", KeySource.NONE),
          "m",
          new ModelTask.Prompt(null, "{{text}}"));

  private static final KeyQuota OWN = new KeyQuota(60, 6_000, 5, KeySource.NONE);

  private static final ModelTask TASK =
      UNLISTED.withQuota(
          new Quota(
              500, 150_000, 50, Duration.ofSeconds(1), Map.of("k0", OWN, "k1", OWN, "k2", OWN)));

  /** The different keys that rows of three accounts are chunked by. */
  private static PCollection<String> keys(Pipeline pipeline, ModelTask task, int shards) {
    return prepared(pipeline, task, shards).apply(Keys.create()).apply(Distinct.create());
  }

  private static PCollection<KV<String, PreparedDocument>> prepared(
      Pipeline pipeline, ModelTask task, int shards) {
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      documents.add(
          new Document("d" + i, "k" + i % 3, "{\"text\": \"t" + i + "\"}", new Source("f", i)));
    }
    PCollectionTuple out =
        pipeline
            .apply(Create.of(documents).withCoder(DocumentCoder.of()))
            .apply(
                ParDo.of(new PrepareFn(task, shards, PREPARED, DEAD))
                    .withOutputTags(PREPARED, TupleTagList.of(DEAD)));
    out.get(DEAD).setCoder(DeadLetterCoder.of());
    return out.get(PREPARED).setCoder(KvCoder.of(StringUtf8Coder.of(), PreparedDocumentCoder.of()));
  }

  /** Accounts, with the keys of their documents. */
  private static final class AccountsFn
      extends SimpleFunction<KV<String, PreparedDocument>, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String apply(KV<String, PreparedDocument> row) {
      return row.getValue().account() + " of " + row.getValue().document().key();
    }
  }

  @Test
  void keysThatTheTaskDoesNotList_shareItsAccount_andStayTheDocuments() {
    Pipeline pipeline = Pipeline.create();
    PAssert.that(
            prepared(pipeline, UNLISTED, 4)
                .apply("Accounts", MapElements.via(new AccountsFn()))
                .apply("Different", Distinct.create()))
        .containsInAnyOrder(" of k0", " of k1", " of k2");
    pipeline.run().waitUntilFinish();
  }

  @Test
  void theSharedAccount_isServedInOnePlace() {
    Pipeline pipeline = Pipeline.create();
    PAssert.that(keys(pipeline, UNLISTED.withOperation(Operation.EMBED), 4))
        .containsInAnyOrder("0/");
    pipeline.run().waitUntilFinish();
  }

  @Test
  void keysThatTheTaskLists_areAccounts() {
    Pipeline pipeline = Pipeline.create();
    PAssert.that(
            prepared(pipeline, TASK, 4)
                .apply("Accounts", MapElements.via(new AccountsFn()))
                .apply("Different", Distinct.create()))
        .containsInAnyOrder("k0 of k0", "k1 of k1", "k2 of k2");
    pipeline.run().waitUntilFinish();
  }

  @Test
  void accountsOfAShard_shareChunks_soThatNoneWaitsForAnothersTurn() {
    Pipeline pipeline = Pipeline.create();
    PAssert.that(keys(pipeline, TASK, 1)).containsInAnyOrder("0/");
    pipeline.run().waitUntilFinish();
  }

  @Test
  void severalShards_haveTheirAccounts() {
    Pipeline pipeline = Pipeline.create();
    PAssert.that(keys(pipeline, TASK, 2)).containsInAnyOrder("0/", "1/");
    pipeline.run().waitUntilFinish();
  }

  @Test
  void aChunkOfEmbeddings_isOfOneAccount() {
    Pipeline pipeline = Pipeline.create();
    PAssert.that(keys(pipeline, TASK.withOperation(Operation.EMBED), 1))
        .containsInAnyOrder("0/k0", "0/k1", "0/k2");
    pipeline.run().waitUntilFinish();
  }
}
