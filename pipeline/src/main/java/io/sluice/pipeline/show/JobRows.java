package io.sluice.pipeline.show;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Answer;
import io.sluice.Document;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.pipeline.input.InputDocuments;
import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.output.ResultRows;
import io.sluice.pipeline.output.RowLines;
import io.sluice.pipeline.table.Table;
import io.sluice.pipeline.table.TableRows;
import io.sluice.pipeline.task.JobTask;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * The answers that a job has so far, as lines of its results would have them, as often as they are
 * asked for: each time the same, whatever the job does meanwhile. A row in memory at a time.
 */
interface JobRows extends AutoCloseable {
  /** Takes rows. */
  interface To {
    void take(JsonNode row) throws IOException;
  }

  /** Each row, to be looked at. */
  void look(To to) throws IOException;

  /** Each row, once: of rows that share an answer one has its cost. */
  void each(To to) throws IOException;

  @Override
  default void close() {}

  /** What the last run put in place; null where there is nothing. */
  static @Nullable JobRows ofResults(JobPlaces job) throws IOException {
    List<ResourceId> files = ResultRows.files(job.paths().results());
    return files.isEmpty() ? null : new OfResults(files);
  }

  /**
   * From the ledger, where the documents are there; otherwise from what the last run put in place.
   */
  static @Nullable JobRows of(JobPlaces job) throws IOException {
    JobTask task = job.task();
    if (task != null && job.hasDocuments()) {
      return new OfLedger(job, task);
    }
    return ofResults(job);
  }

  /** Every document of the input whose request has an answer. */
  final class OfLedger implements JobRows {
    private final JobPlaces job;
    private final JobTask task;
    private final Ledger ledger;
    private final AnswerJudge judge;
    private final RequestBuilder requests;
    private final @Nullable ComposedRows composed;
    private final RowLines lines;

    OfLedger(JobPlaces job, JobTask task) {
      this.job = job;
      this.task = task;
      this.ledger =
          Ledger.open(
              new Ledger.Options(
                  job.ledger(),
                  task.task().name(),
                  "export",
                  partition -> true,
                  InstantSource.system()));
      this.judge = new AnswerJudge(task.task().output(), task.task().operation());
      this.requests = new RequestBuilder(task.task());
      this.composed =
          task.task().steps().isEmpty() && !Merging.isNeeded(task.task())
              ? null
              : new ComposedRows(task.task(), ledger);
      this.lines = new RowLines(true, task.table().document());
    }

    @Override
    public void look(To to) throws IOException {
      read(to, false);
    }

    @Override
    public void each(To to) throws IOException {
      read(to, true);
    }

    private void read(To to, boolean pays) throws IOException {
      try (InputDocuments documents = new InputDocuments(job.files(), task.fields())) {
        for (Document document = documents.next(); document != null; document = documents.next()) {
          Answer answer = answer(document, pays);
          if (answer != null) {
            to.take(Table.row(lines.of(answer)));
          }
        }
      }
    }

    private @Nullable Answer answer(Document document, boolean pays) {
      if (composed != null) {
        return composed.answer(document, pays);
      }
      String fingerprint = DocumentSearch.fingerprint(requests, document);
      LedgerEntry entry = fingerprint == null ? null : ledger.find(fingerprint);
      StoredAnswers.Stored stored = StoredAnswers.judged(entry, judge);
      if (fingerprint == null
          || stored == null
          || !(stored.verdict() instanceof Verdict.Fits fits)) {
        return null;
      }
      return new Answer(
          document,
          fits.outputJson(),
          stored.entry().model(),
          stored.entry().finishReason(),
          stored.entry().usage(),
          !pays || ledger.claimCost(fingerprint)
              ? stored.entry().costUsd()
              : Endings.shared(stored.entry().costUsd()),
          stored.entry().attempts(),
          stored.entry().latencyMs(),
          Answer.ServedBy.LEDGER);
    }

    @Override
    public void close() {
      ledger.close();
    }
  }

  /** Rows of results files. */
  record OfResults(List<ResourceId> files) implements JobRows {
    @Override
    public void look(To to) throws IOException {
      each(to);
    }

    @Override
    public void each(To to) throws IOException {
      for (ResourceId file : files) {
        InputRows.read(file.toString(), JsonNode.class, row -> to.take(TableRows.asLine(row)));
      }
    }
  }
}
