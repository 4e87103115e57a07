package io.sluice.pipeline.output;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.GroupByKey;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.WithKeys;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptors;

/** Writes lines, few enough for one worker's memory, to one file that is whole or not there. */
public final class LinesFile extends PTransform<PCollection<String>, PCollection<Void>> {
  private static final long serialVersionUID = 1L;
  private final String file;

  public LinesFile(String file) {
    this.file = file;
  }

  @Override
  public PCollection<Void> expand(PCollection<String> lines) {
    return lines
        .apply("Together", WithKeys.<Integer, String>of(0).withKeyType(TypeDescriptors.integers()))
        .setCoder(KvCoder.of(VarIntCoder.of(), StringUtf8Coder.of()))
        .apply("Gather", GroupByKey.create())
        .apply("Keep", ParDo.of(new KeepFn(file)));
  }

  private static final class KeepFn extends DoFn<KV<Integer, Iterable<String>>, Void> {
    private static final long serialVersionUID = 1L;
    private final String file;

    KeepFn(String file) {
      this.file = file;
    }

    @ProcessElement
    public void process(@Element KV<Integer, Iterable<String>> lines) throws IOException {
      StringBuilder text = new StringBuilder();
      lines.getValue().forEach(line -> text.append(line).append('\n'));
      OutputPaths.writeWhole(
          file,
          file + ".part",
          "application/x-ndjson",
          text.toString().getBytes(StandardCharsets.UTF_8));
    }
  }
}
