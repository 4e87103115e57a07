package io.sluice.pipeline.input;

import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.Reshuffle;
import org.apache.beam.sdk.transforms.Values;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;

/**
 * Reads small files, some of them together. On the Direct runner every key is a bundle of its own,
 * from here to the rows that are written, and a bundle costs some hundredths of a second: a key for
 * each of three thousand files of a row took minutes. So files that are listed together share a
 * key, up to {@value #FILES} of them or {@value #BYTES} bytes.
 */
final class ReadSmallFiles extends PTransform<PCollection<InputFile>, PCollection<RowBlock>> {
  private static final long serialVersionUID = 1L;

  /** Few enough to be read one after the other from an object store within seconds. */
  static final int FILES = 32;

  static final long BYTES = 1 << 20;

  /** What is packed is taken for so many times as large, since it comes out of one bundle. */
  private static final int PACKED = 16;

  private final DocumentFields fields;

  ReadSmallFiles(DocumentFields fields) {
    this.fields = fields;
  }

  @Override
  public PCollection<RowBlock> expand(PCollection<InputFile> files) {
    return files
        .apply("Together", ParDo.of(new TogetherFn()))
        .setCoder(KvCoder.of(VarIntCoder.of(), SerializableCoder.of(InputFile.class)))
        .apply("Spread", Reshuffle.of())
        .apply("Files", Values.create())
        .apply("Rows", ParDo.of(new ReadSmallFn(fields)))
        .setCoder(new RowBlock.RowBlockCoder());
  }

  /** Gives files that follow each other in a bundle the same key. */
  static final class TogetherFn extends DoFn<InputFile, KV<Integer, InputFile>> {
    private static final long serialVersionUID = 1L;
    private transient int key;
    private transient int files;
    private transient long bytes;

    @StartBundle
    public void startBundle() {
      files = 0;
      bytes = 0;
    }

    @ProcessElement
    public void process(@Element InputFile file, OutputReceiver<KV<Integer, InputFile>> out) {
      out.output(KV.of(keyOf(file), file));
    }

    /** The key of the bundle's next file. */
    int keyOf(InputFile file) {
      long size = file.bytes() * (InputFormat.isPacked(file.name()) ? PACKED : 1);
      if (files == FILES || bytes + size > BYTES) {
        files = 0;
        bytes = 0;
      }
      if (files == 0) {
        key = file.name().hashCode();
      }
      files++;
      bytes += size;
      return key;
    }
  }
}
