package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.Source;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.text.ExactJson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Rows for engines that have plans, and their ends. */
final class PlannedRows {
  private PlannedRows() {}

  /** Documents d0, d1, … with the texts "text 0", "text 1", …. */
  static List<PreparedDocument> rows(ModelTask task, int count) {
    Steps steps = task.steps().isEmpty() ? null : new Steps(task);
    RequestBuilder requests = new RequestBuilder(steps == null ? task : steps.task(steps.root()));
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              String json = "{\"text\":\"text " + i + "\"}";
              Document document = new Document("d" + i, null, json, new Source("f", i));
              return new PreparedDocument(document, requests.build(json(json)), "");
            })
        .toList();
  }

  static ObjectNode json(String text) {
    try {
      return (ObjectNode) ExactJson.read(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs rows to their ends, each of which comes once and is counted. */
  static Map<String, Finished> run(Engine engine, List<PreparedDocument> rows)
      throws InterruptedException {
    engine.submit(rows);
    Map<String, Finished> ends = new HashMap<>();
    while (ends.size() < rows.size()) {
      for (Finished end : engine.takeFinished(VirtualTime.SECOND)) {
        assertThat(ends.put(end.document().id(), end), nullValue());
      }
    }
    assertThat(engine.takeFinished(0), hasSize(0));
    assertThat(engine.snapshot().seen, is((long) rows.size()));
    assertThat(engine.snapshot().answered + engine.snapshot().dead, is((long) rows.size()));
    assertThat(engine.snapshot().waiting, is(0));
    return ends;
  }

  static Answer answer(@Nullable Finished end) {
    if (end instanceof Finished.Answered answered) {
      return answered.answer();
    }
    throw new AssertionError("Expected an answer, but got " + end);
  }

  static DeadLetter dead(@Nullable Finished end) {
    if (end instanceof Finished.Dead dead) {
      return dead.deadLetter();
    }
    throw new AssertionError("Expected a dead letter, but got " + end);
  }
}
