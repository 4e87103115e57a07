package io.sluice.spi;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one account as its provider words them. Each method sends one request once, and
 * does not repeat it: what is repeated, and how a batch is never created twice, is the business of
 * whoever calls. Thread-safe.
 */
public interface BatchApi extends AutoCloseable {
  /** Reads a body as it arrives. */
  interface BodyReader {
    /**
     * @throws IOException where the body breaks off
     */
    void read(InputStream body) throws IOException;
  }

  /** Whose a listed batch is. */
  enum Owner {
    INTENT,
    OTHER,
    /** The intent's, if its results have the intent's custom ids. */
    SEE_RESULTS,
    /** Not to be told before it has ended. */
    OPEN
  }

  /** A batch of a list, and whose it is. */
  record Listed(BatchStatus batch, Owner owner) {}

  /**
   * A page of the account's batches.
   *
   * @param batches as listed
   * @param next what the next page comes after; null for the last one
   */
  record Page(List<Listed> batches, @Nullable String next) {
    public Page {
      batches = List.copyOf(batches);
    }
  }

  /** Where batches are created, for messages. */
  String path();

  BatchFormat format();

  /** What the provider takes in one batch, whatever the account. */
  BatchLimits limits();

  /**
   * Uploads what must be there before the batch is created. Repeated without thought: what nothing
   * refers to costs nothing.
   *
   * @return the uploaded file's id; null where the requests are part of the call that creates
   */
  @Nullable String upload(PackedBatch batch) throws CallFailedException;

  /**
   * Whether an uploaded file can be used, as far as the server tells: some look at it first.
   *
   * @throws CallFailedException where it cannot be told; then the call that creates will
   */
  default boolean isReady(String fileId) throws CallFailedException {
    return true;
  }

  /**
   * Creates a batch, in such a way that {@link #list} tells it to be the intent's.
   *
   * @return a status without an id where the answer names none
   */
  BatchStatus create(BatchIntent intent, PackedBatch batch, @Nullable String fileId)
      throws CallFailedException;

  /** Whether a refusal to create passes by itself, as that of a file which is not ready yet. */
  default boolean isPassing(Reply.Failed refusal, @Nullable String fileId) {
    return false;
  }

  BatchStatus poll(String batchId) throws CallFailedException;

  /** Asks for a batch to end early. */
  BatchStatus cancel(String batchId) throws CallFailedException;

  /**
   * @param after {@link Page#next} of the page before; null for the first page
   */
  Page list(BatchIntent intent, @Nullable String after) throws CallFailedException;

  /**
   * Reads results from their beginning.
   *
   * @param file one of {@link #resultFiles}
   */
  void download(String file, BodyReader reader) throws CallFailedException;

  /** The custom id of a line of results; empty where it has none and so is no result. */
  default String customId(JsonNode resultLine) {
    return resultLine.path("custom_id").asText("");
  }

  /**
   * The reply that the same request would have had in real time. What a batch did not get to is
   * {@link io.sluice.ErrorKind#EXPIRED} and may be asked again.
   */
  Reply reply(JsonNode resultLine);

  /**
   * Where an intent's results are: below places that were named by the intent, as far as the
   * provider was given any.
   */
  default List<String> resultFiles(BatchIntent intent, BatchStatus ended) {
    return ended.resultFiles();
  }

  /**
   * Deletes what was uploaded for an intent, and nothing else, whatever the batch says of itself.
   * Where nothing else tells, that is the file that it names.
   */
  default void discard(BatchIntent intent, BatchStatus ended) throws CallFailedException {
    String file = ended.inputFile();
    if (file != null) {
      delete(file);
    }
  }

  /** Deletes what {@link #upload} has uploaded; never the results. */
  void delete(String fileId) throws CallFailedException;

  @Override
  void close();
}
