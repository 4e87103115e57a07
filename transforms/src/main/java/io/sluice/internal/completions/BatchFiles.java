package io.sluice.internal.completions;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.FileForm;
import io.sluice.spi.BatchApi.Owner;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The files of batches (OpenAI's API reference, files), which others have in the same form. */
public final class BatchFiles {
  private static final String FILES = "/files";

  private BatchFiles() {}

  /**
   * Uploads a batch's file.
   *
   * @return what the server says of it
   */
  public static JsonNode upload(ControlCalls calls, PackedBatch batch) throws CallFailedException {
    String name = "sluice-" + batch.intentId() + ".jsonl";
    return calls.call(
        "POST",
        FILES,
        Map.of(),
        FileForm.of(batch.file(), name, "application/jsonl", Map.of("purpose", "batch")));
  }

  public static void delete(ControlCalls calls, String fileId) throws CallFailedException {
    calls.call("DELETE", FILES + "/" + fileId, Map.of(), null);
  }

  /**
   * Whether a batch was refused because its file, just uploaded, is unknown or not ready for a
   * moment.
   *
   * @param statuses with which servers refuse it
   */
  public static boolean isNotReady(
      Reply.Failed refusal, @Nullable String fileId, Set<Integer> statuses) {
    Integer status = refusal.status();
    String message = refusal.message().toLowerCase(Locale.ROOT);
    return status != null
        && fileId != null
        && statuses.contains(status)
        && (Errors.isOfFileNotReady(refusal) || message.contains(fileId.toLowerCase(Locale.ROOT)));
  }

  /**
   * Where a batch's results are downloaded.
   *
   * @param fields those of the batch that name a file, or none
   */
  public static List<String> results(JsonNode batch, String... fields) {
    List<String> paths = new ArrayList<>();
    for (String field : fields) {
      String id = id(batch.path(field));
      if (id != null) {
        paths.add(FILES + "/" + id + "/content");
      }
    }
    return paths;
  }

  /**
   * Whose a batch is. Its metadata name the intent, in whatever form they are kept: an intent's id
   * is nobody else's. A server that keeps none shows it in the results.
   */
  public static Owner owner(JsonNode metadata, BatchStatus status, BatchIntent intent) {
    if (names(metadata, intent)) {
      return Owner.INTENT;
    }
    boolean isNone = metadata.isEmpty() && metadata.asText("").isBlank();
    if (isNone && !status.resultFiles().isEmpty()) {
      return Owner.SEE_RESULTS;
    }
    boolean isCounted = status.counts().total() > 0 || status.state() == State.VALIDATING;
    return isNone && !status.state().isEnded() && isCounted ? Owner.OPEN : Owner.OTHER;
  }

  private static boolean names(JsonNode metadata, BatchIntent intent) {
    String text = metadata.toString().toLowerCase(Locale.ROOT);
    String id = intent.id().toLowerCase(Locale.ROOT);
    for (int at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
      int end = at + id.length();
      if (!isOfWord(text, at - 1) && !isOfWord(text, end)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfWord(String text, int at) {
    return at >= 0
        && at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_');
  }

  /** A file's id; null, absent and empty all mean that there is none. */
  public static @Nullable String id(JsonNode node) {
    return node.isNull() || node.asText("").isEmpty() ? null : node.asText();
  }
}
