package io.sluice.internal.stage;

import io.sluice.Answer;
import io.sluice.AnswerCoder;
import io.sluice.DeadLetter;
import io.sluice.DeadLetterCoder;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.plan.Targets;
import java.time.Duration;
import org.apache.beam.sdk.coders.IterableCoder;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.GroupIntoBatches;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.SimpleFunction;
import org.apache.beam.sdk.transforms.windowing.Window;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;

/**
 * The stages behind {@link io.sluice.AskModel}: prepare and key by shard, group into chunks, call.
 *
 * <p>Beam's key of the call stage is a shard, and every account belongs to exactly one: a key is
 * served by one thread of one worker, so the limits kept there are the global truth. With one
 * shard, the default, all accounts share an engine, and none waits for another even where a runner
 * serves its keys one after the other. The number of shards is part of what Beam's state means: a
 * job that goes on from a snapshot has to have the same.
 */
public final class ModelCalls extends PTransform<PCollection<Document>, PCollectionTuple> {
  private static final long serialVersionUID = 1L;
  public static final TupleTag<Answer> ANSWERS = new TupleTag<>("answers");
  public static final TupleTag<DeadLetter> DEAD_LETTERS = new TupleTag<>("deadLetters");
  private static final TupleTag<KV<String, PreparedDocument>> PREPARED = new TupleTag<>("prepared");

  /** State and timers of a window with an open end live this long after it: a thousand years. */
  private static final org.joda.time.Duration OPEN = org.joda.time.Duration.standardDays(365_000);

  private final ModelTask task;
  private final CallSettings settings;

  public ModelCalls(ModelTask task, CallSettings settings) {
    this.task = task;
    this.settings = settings;
  }

  /**
   * A batch that a crash has left is taken up by one engine, so there is one; and so an account is
   * served by one where documents of several share it at another provider, and a small model is one
   * for all rows.
   */
  private int shards() {
    return task.delivery().batch()
            || task.cascade() != null
            || Targets.of(task, null).mergesAccounts()
        ? 1
        : settings.shardsInUse();
  }

  @Override
  public PCollectionTuple expand(PCollection<Document> documents) {
    PCollectionTuple prepared =
        documents.apply(
            "Prepare",
            ParDo.of(new PrepareFn(task, shards(), PREPARED, DEAD_LETTERS))
                .withOutputTags(PREPARED, TupleTagList.of(DEAD_LETTERS)));
    prepared.get(PREPARED).setCoder(KvCoder.of(StringUtf8Coder.of(), PreparedDocumentCoder.of()));
    prepared.get(DEAD_LETTERS).setCoder(DeadLetterCoder.of());

    PCollection<KV<String, Iterable<PreparedDocument>>> chunks =
        prepared
            .get(PREPARED)
            .apply(
                "Chunk",
                GroupIntoBatches.<String, PreparedDocument>ofSize(task.chunk().documents())
                    .withMaxBufferingDuration(joda(task.chunk().maxDelay())));
    if (settings.openEnd()) {
      chunks =
          chunks.apply(
              "OpenEnd",
              Window.<KV<String, Iterable<PreparedDocument>>>configure()
                  .withAllowedLateness(OPEN)
                  .discardingFiredPanes());
    }
    PCollectionTuple called =
        chunks
            .apply("KeyByShard", MapElements.via(new KeyByShard()))
            .setCoder(KvCoder.of(VarIntCoder.of(), IterableCoder.of(PreparedDocumentCoder.of())))
            .apply(
                "Call",
                ParDo.of(
                        new CallFn(
                            new SessionFactory(task, settings),
                            settings.openEnd(),
                            ANSWERS,
                            DEAD_LETTERS))
                    .withOutputTags(ANSWERS, TupleTagList.of(DEAD_LETTERS)));
    called.get(ANSWERS).setCoder(AnswerCoder.of());
    called.get(DEAD_LETTERS).setCoder(DeadLetterCoder.of());

    PCollection<DeadLetter> dead =
        PCollectionList.of(prepared.get(DEAD_LETTERS))
            .and(called.get(DEAD_LETTERS))
            .apply("DeadLetters", Flatten.pCollections());
    return PCollectionTuple.of(ANSWERS, called.get(ANSWERS)).and(DEAD_LETTERS, dead);
  }

  /**
   * Stops sending in this JVM and waits for calls in flight, so that every answer paid for is kept.
   * For shutdown hooks of embedded runners.
   *
   * @return how many calls were still in flight when the time was over
   */
  public static int land(Duration atMost) {
    return SessionFactory.landAll(atMost);
  }

  /** How far the engines of this JVM are; zeros where there are none. */
  public static CallProgress progress() {
    return SessionFactory.progress();
  }

  private static org.joda.time.Duration joda(Duration duration) {
    return org.joda.time.Duration.millis(duration.toMillis());
  }

  private static final class KeyByShard
      extends SimpleFunction<
          KV<String, Iterable<PreparedDocument>>, KV<Integer, Iterable<PreparedDocument>>> {
    private static final long serialVersionUID = 1L;

    @Override
    public KV<Integer, Iterable<PreparedDocument>> apply(
        KV<String, Iterable<PreparedDocument>> chunk) {
      return KV.of(Shards.ofChunk(chunk.getKey()), chunk.getValue());
    }
  }
}
