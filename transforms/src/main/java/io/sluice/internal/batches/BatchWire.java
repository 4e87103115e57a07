package io.sluice.internal.batches;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.client.http.HttpContent;
import io.sluice.spi.Reply;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How one provider words its batches; {@link ProviderBatches} does the rest. Thread-safe. */
interface BatchWire {
  /** Where batches are, after the base URL. */
  String path();

  /** The query for a page of the list. */
  Map<String, String> page(@Nullable String after);

  BatchFormat format();

  /** The address that each request of a batch names; empty where none does. */
  String requestUrl();

  BatchLimits limits();

  /**
   * Uploads what must be there before the batch is created.
   *
   * @return the uploaded file's id; null where the requests are part of the call that creates
   */
  @Nullable String upload(BatchCalls calls, PackedBatch batch)
      throws BatchException, InterruptedException;

  /** The body of the call that creates the batch. */
  HttpContent create(BatchIntent intent, PackedBatch batch, @Nullable String fileId);

  /** Whether a refusal to create passes by itself. */
  boolean isPassing(Reply.Failed refusal, @Nullable String fileId);

  void delete(BatchCalls calls, String fileId) throws BatchException, InterruptedException;

  BatchStatus status(JsonNode batch);

  /** Whose a listed batch is. */
  enum Owner {
    INTENT,
    OTHER,
    /** The intent's, if its results have the intent's custom ids. */
    SEE_RESULTS,
    /** Not to be told before it has ended. */
    OPEN
  }

  Owner owner(JsonNode batch, BatchStatus status, BatchIntent intent);

  Reply reply(JsonNode resultLine);
}
