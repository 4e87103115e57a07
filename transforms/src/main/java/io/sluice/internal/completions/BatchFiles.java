package io.sluice.internal.completions;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.FileForm;
import io.sluice.internal.http.GivenIds;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.BatchApi.BodyReader;
import io.sluice.spi.BatchApi.Owner;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.CustomIds;
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
  private static final String CONTENT = "/content";

  private BatchFiles() {}

  /**
   * Uploads a batch's file.
   *
   * @return what the server says of it
   */
  public static JsonNode upload(ControlCalls calls, PackedBatch batch) throws CallFailedException {
    return calls.call(
        "POST",
        FILES,
        Map.of(),
        FileForm.of(
            batch.file(), name(batch.intentId()), "application/jsonl", Map.of("purpose", "batch")));
  }

  /**
   * The id of what was uploaded.
   *
   * @throws CallFailedException where the server names none: it is uploaded again then
   */
  public static String uploaded(JsonNode file) throws CallFailedException {
    String id = id(file.path("id"));
    if (id == null || !GivenIds.isOne(id)) {
      throw NoAnswer.thrown("An upload of a batch's file was answered without the file's id");
    }
    return id;
  }

  /** What the server says of a file. */
  public static JsonNode look(ControlCalls calls, String fileId) throws CallFailedException {
    return calls.call("GET", FILES + "/" + GivenIds.inPath(fileId), Map.of(), null);
  }

  public static void delete(ControlCalls calls, String fileId) throws CallFailedException {
    calls.call("DELETE", FILES + "/" + GivenIds.inPath(fileId), Map.of(), null);
  }

  /**
   * Deletes the file of an intent's batch, where it has the name that it was uploaded by: the batch
   * may name another's.
   */
  public static void discard(ControlCalls calls, BatchIntent intent, BatchStatus ended)
      throws CallFailedException {
    String id = ended.inputFile();
    if (id != null && GivenIds.isOne(id)) {
      String name = look(calls, id).path("filename").asText("");
      if (CustomIds.isName(name(intent.id()), name.substring(name.lastIndexOf('/') + 1))) {
        delete(calls, id);
      }
    }
  }

  private static String name(String intentId) {
    return "sluice-" + intentId + ".jsonl";
  }

  /** The intent that metadata name; null where they name none in the way that it is written. */
  public static @Nullable String intent(JsonNode metadata, String field) {
    String intent = metadata.path(field).isTextual() ? metadata.path(field).asText().strip() : "";
    return intent.isEmpty() ? null : intent;
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
        paths.add(FILES + "/" + id + CONTENT);
      }
    }
    return paths;
  }

  /**
   * Reads a file.
   *
   * @param path one of {@link #results}
   */
  public static void download(ControlCalls calls, String path, BodyReader reader)
      throws CallFailedException {
    String id = path.substring(FILES.length() + 1, path.length() - CONTENT.length());
    calls.download(FILES + "/" + GivenIds.inPath(id) + CONTENT, reader);
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
