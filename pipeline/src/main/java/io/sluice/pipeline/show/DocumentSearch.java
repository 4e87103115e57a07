package io.sluice.pipeline.show;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Document;
import io.sluice.internal.prepare.ExactJson;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.pipeline.input.InputDocuments;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.task.JobTask;
import io.sluice.spi.PromptException;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the documents that requests were made of. The ledger knows requests by their fingerprint
 * alone, so the input is read, once and as far as it must be: a job answers about in the input's
 * order. What was passed on the way is kept, the last of it, for what is looked for next. Not
 * thread-safe.
 */
final class DocumentSearch implements Closeable {
  /** Of documents kept, all together. */
  private static final long KEPT_CHARS = 20_000_000;

  private final RequestBuilder requests;
  private final InputDocuments documents;
  private final Map<String, Document> passed = new LinkedHashMap<>();
  private long passedChars;

  DocumentSearch(JobTask job, List<InputFile> files) {
    this.requests = new RequestBuilder(job.task());
    this.documents = new InputDocuments(files, job.fields());
  }

  /** The request of a document; null where none can be made. */
  static @Nullable String fingerprint(RequestBuilder requests, Document document) {
    try {
      JsonNode node = ExactJson.read(document.json());
      return node instanceof ObjectNode object ? requests.build(object).fingerprint() : null;
    } catch (JsonProcessingException | PromptException e) {
      return null;
    }
  }

  /** The first document of each request, as far as there is one. */
  Map<String, Document> find(Set<String> fingerprints) throws IOException {
    Map<String, Document> found = new HashMap<>();
    Set<String> left = new HashSet<>(fingerprints);
    for (String one : fingerprints) {
      Document known = passed.get(one);
      if (known != null) {
        found.put(one, known);
        left.remove(one);
      }
    }
    while (!left.isEmpty()) {
      Document document = documents.next();
      if (document == null) {
        break;
      }
      String fingerprint = fingerprint(requests, document);
      if (fingerprint != null) {
        if (left.remove(fingerprint)) {
          found.put(fingerprint, document);
        }
        keep(fingerprint, document);
      }
    }
    return found;
  }

  private void keep(String fingerprint, Document document) {
    if (passed.putIfAbsent(fingerprint, document) != null) {
      return;
    }
    passedChars += document.json().length();
    Iterator<Document> oldest = passed.values().iterator();
    while (passedChars > KEPT_CHARS && oldest.hasNext()) {
      passedChars -= oldest.next().json().length();
      oldest.remove();
    }
  }

  @Override
  public void close() throws IOException {
    documents.close();
  }
}
