package io.sluice.internal.stage;

import io.sluice.DeadLetter;
import io.sluice.DeadLetterCoder;
import io.sluice.Document;
import io.sluice.DocumentCoder;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Source;
import io.sluice.internal.engine.PreparedDocument;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.Distinct;
import org.apache.beam.sdk.transforms.Keys;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;
import org.junit.jupiter.api.Test;

class PrepareFnTest {
  private static final TupleTag<KV<String, PreparedDocument>> PREPARED = new TupleTag<>("rows");
  private static final TupleTag<DeadLetter> DEAD = new TupleTag<>("dead");

  private static final ModelTask TASK =
      ModelTask.of(
          "a",
          new Provider("openai", "http://localhost/v1", KeySource.NONE),
          "m",
          new ModelTask.Prompt(null, "{{text}}"));

  /** The different keys that rows of three accounts are chunked by. */
  private static PCollection<String> keys(Pipeline pipeline, ModelTask task, int shards) {
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
    return out.get(PREPARED)
        .setCoder(KvCoder.of(StringUtf8Coder.of(), PreparedDocumentCoder.of()))
        .apply(Keys.create())
        .apply(Distinct.create());
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
