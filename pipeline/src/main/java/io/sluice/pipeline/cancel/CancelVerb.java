package io.sluice.pipeline.cancel;

import io.sluice.ModelTask;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.Orphans;
import io.sluice.internal.batches.Sleeper;
import io.sluice.internal.ledger.BatchEvent;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.provider.Callers;
import io.sluice.internal.quota.AccountKey;
import io.sluice.pipeline.flags.DirectoryFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.plan.JobArguments;
import io.sluice.pipeline.words.Usd;
import io.sluice.pipeline.words.Visible;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The verb {@code cancel}. */
@Command(
    name = "sluice cancel",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "Cancels the batches that a job has at work at its provider. What they have answered by then"
          + " is billed and kept: the job, or the same command later, reads it. A job that runs"
          + " makes dead letters (expired) of the rest; a later run asks them.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 nothing is at work any more; 1 a batch could not be cancelled; 2 wrong flags,"
          + " no job in the directory, or no key.",
    })
public final class CancelVerb {
  @Mixin final DirectoryFlags directory = new DirectoryFlags();

  @Option(
      names = "--task",
      paramLabel = "FILE",
      description = "The job's task. Default: the one that it was run with.")
  @Nullable String task;

  private final PrintStream out;
  private boolean allDone = true;

  private CancelVerb(PrintStream out) {
    this.out = out;
  }

  /**
   * @return the exit code
   */
  public static int run(List<String> args, PrintStream out)
      throws IOException, InterruptedException {
    CancelVerb verb = new CancelVerb(out);
    CommandLine line = new CommandLine(verb);
    return VerbFlags.parse(line, args, out) ? verb.cancel(line.getCommandSpec()) : 0;
  }

  private int cancel(CommandSpec verb) throws IOException, InterruptedException {
    OutputPaths paths = directory.paths(verb);
    String ledger = directory.ledger();
    RunFile run = RunFile.read(paths);
    if (run == null && (ledger == null || task == null)) {
      throw new UsageException(
          "--output: " + paths.root() + " holds no job; give the directory that it was run with");
    }
    if (ledger == null) {
      ledger = run == null || run.ledger() == null ? "" : run.ledger();
    }
    String file = task != null ? task : run == null || run.task() == null ? "" : run.task();
    if (file.isEmpty()) {
      throw new UsageException("Missing --task=FILE; the job does not say which it was run with");
    }
    List<LedgerBatches.Batch> open = open(ledger);
    if (open.isEmpty()) {
      out.println("The job has no batches at work");
      return 0;
    }
    ModelTask model = JobArguments.task(file, null, null).task();
    Map<String, BatchClient> clients = new HashMap<>();
    try {
      for (LedgerBatches.Batch batch : open) {
        cancel(batch, client(clients, model, batch.key()), ledger, model.name());
      }
    } finally {
      clients.values().forEach(BatchClient::close);
    }
    return allDone ? 0 : 1;
  }

  private static List<LedgerBatches.Batch> open(String ledger) {
    LedgerBatches batches = new LedgerBatches();
    try {
      LedgerScan.scan(ledger, (segment, offset, record) -> batches.add(record));
    } catch (LedgerException e) {
      throw new UsageException("--ledger: " + e.getMessage());
    }
    return batches.open();
  }

  private static BatchClient client(Map<String, BatchClient> clients, ModelTask task, String key) {
    try {
      return clients.computeIfAbsent(
          key,
          name -> {
            AccountKey of = AccountKey.of(name);
            ModelTask asked = Targets.of(task, null).named(of.model()).task();
            return BatchClient.open(
                new Callers(asked, System::getenv).connection(asked.quota().forKey(of.account())),
                Sleeper.REAL,
                RandomGenerator.getDefault());
          });
    } catch (IllegalStateException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private void cancel(LedgerBatches.Batch batch, BatchClient client, String ledger, String job)
      throws InterruptedException {
    String id = batch.id();
    BatchIntent intent = new BatchIntent(batch.intent(), batch.intendedAt(), batch.requests());
    try {
      if (id.isEmpty()) {
        Orphans orphans = client.findOrphans(intent, other -> false);
        List<BatchStatus> found = orphans.certain();
        if (found.isEmpty() && !orphans.possible().isEmpty()) {
          perhaps(orphans.possible().get(0), batch, ledger, job);
          return;
        }
        if (found.isEmpty()) {
          out.println("A batch that was about to be created is not at the provider");
          return;
        }
        id = found.get(0).id();
      } else {
        // It may be there by another name than the one that its creation was answered with.
        id = client.poll(intent, id).id();
      }
      BatchStatus status = client.cancel(id);
      out.println(
          "Batch "
              + id
              + " of "
              + batch.requests()
              + " requests: "
              + switch (status.state()) {
                case CANCELLING -> "cancelled; the provider takes up to ten minutes to end it";
                case CANCELLED -> "cancelled";
                default ->
                    status.state().isEnded()
                        ? "had ended; the same command reads its results"
                        : "could not be cancelled in its state " + status.state();
              });
    } catch (BatchException e) {
      if (!id.isEmpty() && isUnknown(e)) {
        out.println(
            "Batch "
                + id
                + ": not known to this account any more; the job forgets it"
                + forget(batch, ledger, job));
        return;
      }
      allDone = false;
      out.println(
          (id.isEmpty() ? "A batch that was about to be created" : "Batch " + id)
              + " was not cancelled: "
              + Visible.line(String.valueOf(e.getMessage())));
    }
  }

  /** Whether it is the one shows when it has ended, or never. */
  private void perhaps(BatchStatus status, LedgerBatches.Batch batch, String ledger, String job) {
    String told = "A batch that was about to be created may be " + Visible.line(status.id());
    if (status.state().isEnded()) {
      out.println(
          told
              + ", whose results do not show whose it is; the job forgets it"
              + forget(batch, ledger, job));
    } else {
      allDone = false;
      out.println(told + ", which shows when that has ended; it was not cancelled");
    }
  }

  private static boolean isUnknown(BatchException e) {
    Integer status = e.status();
    return e.problem() == Problem.FATAL && status != null && status == 404;
  }

  /**
   * In a segment of its own: a job may be writing to its own ones. What it has answered may have
   * been billed, and nobody will ever see it.
   *
   * @return what it is counted as
   */
  private static String forget(LedgerBatches.Batch batch, String ledger, String job) {
    BigDecimal worst = batch.pending().values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    boolean costs = worst.signum() > 0;
    try (Ledger mine =
        Ledger.open(
            new Ledger.Options(ledger, job, "cancel", partition -> true, InstantSource.system()))) {
      mine.batch(
          batch.key(), batch.intent(), new BatchEvent.Closed("forgotten", costs ? worst : null));
    }
    return costs
        ? ", and counts at most " + Usd.atMost(worst) + " USD as spent: it may have been billed"
        : "";
  }
}
