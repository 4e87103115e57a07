package io.sluice.pipeline.input;

import io.sluice.DeadLetter;
import io.sluice.DeadLetterCoder;
import io.sluice.Document;
import io.sluice.DocumentCoder;
import io.sluice.ErrorKind;
import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.Partition;
import org.apache.beam.sdk.transforms.Reshuffle;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
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

  /** What adds up to the rows read of each file. */
  public static final TupleTag<FileRows> ROWS = new TupleTag<>("rows");

  private final DocumentFields fields;
  private final PTransform<PBegin, PCollection<InputFile>> files;

  /** Reads the first rows itself, in place of the files; null where all rows are read. */
  private final @Nullable ReadFirst first;

  private ReadDocuments(
      DocumentFields fields,
      PTransform<PBegin, PCollection<InputFile>> files,
      @Nullable ReadFirst first) {
    this.fields = fields;
    this.files = files;
    this.first = first;
  }

  /**
   * @param limit rows at most, over all files in the order of their names; 0 for no limit
   */
  public static ReadDocuments of(InputFiles files, DocumentFields fields, long limit) {
    return of(Start.once(), files, fields, limit);
  }

  /** As above, with a start that may last. */
  public static ReadDocuments of(Start start, InputFiles files, DocumentFields fields, long limit) {
    return new ReadDocuments(
        fields,
        new ListFiles(start, files),
        limit > 0 ? new ReadFirst(start, new ReadFirstFn(files, fields, limit)) : null);
  }

  /** All rows of files as they are found. */
  public static ReadDocuments of(
      PTransform<PBegin, PCollection<InputFile>> files, DocumentFields fields) {
    return new ReadDocuments(fields, files, null);
  }

  @Override
  public PCollectionTuple expand(PBegin begin) {
    PCollection<RowBlock> blocks =
        first != null
            ? spread(begin.apply("Start", first.start()).apply("ReadFirst", ParDo.of(first.rows())))
            : read(begin.apply("Files", files).setCoder(SerializableCoder.of(InputFile.class)));
    PCollectionTuple parsed =
        blocks.apply(
            "Parse",
            ParDo.of(new ParseFn(new RowParser(fields)))
                .withOutputTags(DOCUMENTS, TupleTagList.of(DEAD_LETTERS).and(ROWS)));
    parsed.get(DOCUMENTS).setCoder(DocumentCoder.of());
    parsed.get(DEAD_LETTERS).setCoder(DeadLetterCoder.of());
    parsed.get(ROWS).setCoder(SerializableCoder.of(FileRows.class));
    return parsed;
  }

  /** A small file is no work to split, which costs more than to read it. */
  private PCollection<RowBlock> read(PCollection<InputFile> found) {
    PCollectionList<InputFile> bySize =
        found.apply("BySize", Partition.of(2, (file, count) -> ReadSmallFn.isSmall(file) ? 0 : 1));
    PCollection<RowBlock> large =
        bySize
            .get(1)
            .apply("SpreadFiles", Reshuffle.viaRandomKey())
            .apply("Read", ParDo.of(new ReadRowsFn(UUID.randomUUID().toString(), fields)));
    return PCollectionList.of(bySize.get(0).apply("ReadSmall", new ReadSmallFiles(fields)))
        .and(spread(large))
        .apply("Blocks", Flatten.pCollections());
  }

  private static PCollection<RowBlock> spread(PCollection<RowBlock> blocks) {
    return blocks
        .setCoder(new RowBlock.RowBlockCoder())
        .apply("SpreadRows", Reshuffle.viaRandomKey());
  }

  private record ReadFirst(Start start, ReadFirstFn rows) implements Serializable {}

  private static final class ListFiles extends PTransform<PBegin, PCollection<InputFile>> {
    private static final long serialVersionUID = 1L;
    private final Start start;
    private final InputFiles files;

    ListFiles(Start start, InputFiles files) {
      this.start = start;
      this.files = files;
    }

    @Override
    public PCollection<InputFile> expand(PBegin begin) {
      return begin.apply("Start", start).apply("List", ParDo.of(new ListFn(files)));
    }
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
              out.output(RowBlock.of(file, block));
              block = new ArrayList<>();
            }
          }
          if (!block.isEmpty()) {
            out.output(RowBlock.of(file, block));
          }
        }
      }
    }
  }

  private static final class ParseFn extends DoFn<RowBlock, Document> {
    private static final long serialVersionUID = 1L;
    private final RowParser parser;
    private transient @Nullable Map<String, FileRows> read;
    private transient @Nullable BoundedWindow window;
    private transient Instant timestamp = Instant.EPOCH;

    ParseFn(RowParser parser) {
      this.parser = parser;
    }

    @StartBundle
    public void startBundle() {
      read = new HashMap<>();
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
      }
      if (read != null) {
        read.merge(block.file().name(), block.counts(), FileRows::plus);
      }
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) {
      if (read != null && window != null) {
        for (FileRows rows : read.values()) {
          context.output(ROWS, rows, timestamp, window);
        }
      }
    }
  }
}
