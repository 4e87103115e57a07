package io.sluice.example;

import static org.apache.beam.sdk.values.TypeDescriptors.strings;

import io.sluice.Answer;
import io.sluice.AskModel;
import io.sluice.Document;
import io.sluice.ModelTask;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.io.TextIO;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.options.Validation.Required;
import org.apache.beam.sdk.transforms.Count;
import org.apache.beam.sdk.transforms.Distinct;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.values.TypeDescriptor;

/** Counts the topics of tickets, a line each: a model between other transforms of Beam. */
public final class TicketTopics {
  /** The flags. */
  public interface Options extends PipelineOptions {
    @Required
    String getInput();

    void setInput(String files);

    @Required
    String getOutput();

    void setOutput(String directory);
  }

  private TicketTopics() {}

  public static void main(String[] args) {
    Options options = PipelineOptionsFactory.fromArgs(args).withValidation().as(Options.class);
    // example
    ModelTask task =
        ModelTask.of(
                "topics",
                ModelTask.Provider.LOCAL,
                "all-minilm-l6-v2-q",
                new ModelTask.Prompt(null, "{{text}}"))
            .withOutput(ModelTask.Output.ofLabels("delivery", "payment", "praise"));
    Pipeline pipeline = Pipeline.create(options);
    AskModel.Result asked =
        pipeline
            .apply("Read", TextIO.read().from(options.getInput()))
            .apply("Distinct", Distinct.create())
            .apply(
                "Document",
                MapElements.into(TypeDescriptor.of(Document.class))
                    .via(line -> Document.ofText(line, line)))
            .apply("Ask", AskModel.of(task).withLedger(options.getOutput() + "/ledger"));
    asked
        .getAnswers()
        .apply("Topic", MapElements.into(strings()).via(Answer::outputJson))
        .apply("Count", Count.perElement())
        .apply("Line", MapElements.into(strings()).via(n -> n.getKey() + "," + n.getValue()))
        .apply("Write", TextIO.write().to(options.getOutput() + "/topics").withSuffix(".csv"));
    asked
        .getDeadLetters()
        .apply(
            "Reason", MapElements.into(strings()).via(d -> d.document().id() + ": " + d.message()))
        .apply("WriteRest", TextIO.write().to(options.getOutput() + "/rest").withSuffix(".txt"));
    pipeline.run().waitUntilFinish();
    // end
  }
}
