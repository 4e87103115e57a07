package io.sluice.pipeline.show;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Answer;
import io.sluice.Document;
import io.sluice.pipeline.input.InputDocuments;
import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.output.DeadLetterRow;
import io.sluice.pipeline.output.ResultRows;
import io.sluice.pipeline.output.RowLines;
import io.sluice.pipeline.table.Table;
import io.sluice.pipeline.table.TableRows;
import io.sluice.pipeline.task.JobTask;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
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

  /** The ids of documents that ended without an answer, as far as that is known. */
  default void dead(Consumer<String> to) throws IOException {}

  @Override
  default void close() {}

  /** What the last run put in place; null where there is nothing. */
  static @Nullable JobRows ofResults(JobPlaces job) throws IOException {
    List<ResourceId> files = ResultRows.files(job.paths().results());
    JobTask task = job.task();
    return files.isEmpty()
        ? null
        : new OfResults(
            files,
            ResultRows.files(job.paths().deadLetters()),
            task == null ? null : new Table(task.task(), task.table()));
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
    private final LedgerRows ledger;
    private final RowLines lines;

    OfLedger(JobPlaces job, JobTask task) {
      this.job = job;
      this.task = task;
      this.ledger = new LedgerRows(job.ledger(), task.task());
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
          Answer answer = ledger.answer(document, pays);
          if (answer != null) {
            to.take(Table.row(lines.of(answer)));
          }
        }
      }
    }

    @Override
    public void close() {
      ledger.close();
    }
  }

  /**
   * Rows of results files.
   *
   * @param deadLetters of the same run
   * @param table of their task; null where it is not known
   */
  record OfResults(List<ResourceId> files, List<ResourceId> deadLetters, @Nullable Table table)
      implements JobRows {
    @Override
    public void dead(Consumer<String> to) throws IOException {
      for (ResourceId file : deadLetters) {
        InputRows.read(file.toString(), DeadLetterRow.class, row -> to.accept(row.id()));
      }
    }

    @Override
    public void look(To to) throws IOException {
      each(to);
    }

    @Override
    public void each(To to) throws IOException {
      for (ResourceId file : files) {
        TableRows rows = TableRows.of(file.toString(), table);
        InputRows.read(file.toString(), JsonNode.class, row -> to.take(rows.asLine(row)));
      }
    }
  }
}
