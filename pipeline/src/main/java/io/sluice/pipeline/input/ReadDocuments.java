package io.sluice.pipeline.input;

import io.sluice.DeadLetter;
import io.sluice.DeadLetterCoder;
import io.sluice.Document;
import io.sluice.DocumentCoder;
import io.sluice.ErrorKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.coders.VarLongCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.Reshuffle;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;
import org.joda.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Reads documents from files: every row is a document or a dead letter of kind {@code bad_input},
 * with its file and position. A file is read by one reader in order; its rows travel in blocks and
 * are parsed in parallel.
 */
public final class ReadDocuments extends PTransform<PBegin, PCollectionTuple> {
  private static final long serialVersionUID = 1L;
  public static final TupleTag<Document> DOCUMENTS = new TupleTag<>("documents");
  public static final TupleTag<DeadLetter> DEAD_LETTERS = new TupleTag<>("deadLetters");

  /** Numbers that add up to the rows read. */
  public static final TupleTag<Long> ROWS = new TupleTag<>("rows");

  private final InputFiles files;
  private final DocumentFields fields;
  private final long limit;
  private final Start start;

  /**
   * @param limit rows at most, over all files in the order of their names; 0 for no limit
   */
  public ReadDocuments(InputFiles files, DocumentFields fields, long limit) {
    this(Start.once(), files, fields, limit);
  }

  /** As above, with a start that may last. */
  public ReadDocuments(Start start, InputFiles files, DocumentFields fields, long limit) {
    this.start = start;
    this.files = files;
    this.fields = fields;
    this.limit = limit;
  }

  @Override
  public PCollectionTuple expand(PBegin begin) {
    PCollection<byte[]> impulse = begin.apply("Start", start);
    PCollection<RowBlock> blocks;
    if (limit > 0) {
      blocks = impulse.apply("ReadFirst", ParDo.of(new ReadFirstFn(files, fields, limit)));
    } else {
      blocks =
          impulse
              .apply("List", ParDo.of(new ListFn(files)))
              .setCoder(SerializableCoder.of(InputFile.class))
              .apply("SpreadFiles", Reshuffle.viaRandomKey())
              .apply("Read", ParDo.of(new ReadRowsFn(UUID.randomUUID().toString(), fields)));
    }
    PCollectionTuple parsed =
        blocks
            .setCoder(new RowBlock.RowBlockCoder())
            .apply("SpreadRows", Reshuffle.viaRandomKey())
            .apply(
                "Parse",
                ParDo.of(new ParseFn(new RowParser(fields)))
                    .withOutputTags(DOCUMENTS, TupleTagList.of(DEAD_LETTERS).and(ROWS)));
    parsed.get(DOCUMENTS).setCoder(DocumentCoder.of());
    parsed.get(DEAD_LETTERS).setCoder(DeadLetterCoder.of());
    parsed.get(ROWS).setCoder(VarLongCoder.of());
    return parsed;
  }

  private static final class ListFn extends DoFn<byte[], InputFile> {
    private static final long serialVersionUID = 1L;
    private final InputFiles files;

    ListFn(InputFiles files) {
      this.files = files;
    }

    @ProcessElement
    public void process(OutputReceiver<InputFile> out) {
      files.list().forEach(out::output);
    }
  }

  /** A limit counts over all files: one reader takes them in order and stops. */
  private static final class ReadFirstFn extends DoFn<byte[], RowBlock> {
    private static final long serialVersionUID = 1L;
    private final InputFiles files;
    private final DocumentFields fields;
    private final long limit;

    ReadFirstFn(InputFiles files, DocumentFields fields, long limit) {
      this.files = files;
      this.fields = fields;
      this.limit = limit;
    }

    @ProcessElement
    public void process(OutputReceiver<RowBlock> out) throws IOException {
      long left = limit;
      for (InputFile file : files.list()) {
        if (left == 0) {
          return;
        }
        try (RowReader rows = RowReader.open(file, fields)) {
          List<Row> block = new ArrayList<>();
          for (Row row = rows.next();
              row != null && left > 0;
              row = left > 0 ? rows.next() : null) {
            block.add(row);
            left--;
            if (block.size() == ReadRowsFn.BLOCK_ROWS) {
              out.output(new RowBlock(file, block));
              block = new ArrayList<>();
            }
          }
          if (!block.isEmpty()) {
            out.output(new RowBlock(file, block));
          }
        }
      }
    }
  }

  private static final class ParseFn extends DoFn<RowBlock, Document> {
    private static final long serialVersionUID = 1L;
    private final RowParser parser;
    private transient long rows;
    private transient @Nullable BoundedWindow window;
    private transient Instant timestamp = Instant.EPOCH;

    ParseFn(RowParser parser) {
      this.parser = parser;
    }

    @StartBundle
    public void startBundle() {
      rows = 0;
    }

    @ProcessElement
    public void process(
        @Element RowBlock block, BoundedWindow in, @Timestamp Instant at, MultiOutputReceiver out) {
      window = in;
      timestamp = at;
      for (Row row : block.rows()) {
        RowParser.Parsed parsed = parser.parse(block.file(), row);
        String problem = parsed.problem();
        if (problem == null) {
          out.get(DOCUMENTS).output(parsed.document());
        } else {
          out.get(DEAD_LETTERS)
              .output(DeadLetter.unsent(parsed.document(), ErrorKind.BAD_INPUT, problem));
        }
        rows++;
      }
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) {
      if (rows > 0 && window != null) {
        context.output(ROWS, rows, timestamp, window);
      }
    }
  }
}
