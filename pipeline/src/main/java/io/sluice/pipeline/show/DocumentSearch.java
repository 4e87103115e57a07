package io.sluice.pipeline.show;

import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.internal.engine.rows.Replay;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Merging;
import io.sluice.pipeline.input.InputDocuments;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.task.JobTask;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the documents that requests were made of. The ledger knows requests by their fingerprint
 * alone, so the input is read, once and as far as it must be: a job answers about in the input's
 * order. What a document is asked follows from the answers that it has, so each is followed through
 * the ledger. What was passed on the way is kept, the last of it, for what is looked for next. Not
 * thread-safe.
 */
final class DocumentSearch implements Closeable {
  /** Of documents kept, all together. */
  private static final long KEPT_CHARS = 20_000_000;

  /**
   * What a request asks, and about which document.
   *
   * @param json the document, or the part of it that is asked about
   * @param step which of the task's questions
   * @param words what of the document is asked, as a person reads it; empty where it is asked once
   */
  record Place(String id, String json, int step, String words) {}

  /** A document that was passed, and its requests that are known. */
  private record Passed(Document document, List<String> fingerprints) {}

  private final LedgerRows ledger;
  private final InputDocuments documents;

  /** Names by question; none where the task has no steps. */
  private final List<String> steps = new ArrayList<>();

  private final Map<String, Place> known = new HashMap<>();

  /** Those that have all their answers. */
  private final Deque<Passed> over = new ArrayDeque<>();

  private Deque<Passed> open = new ArrayDeque<>();
  private long keptChars;

  DocumentSearch(String ledger, JobTask job, List<InputFile> files) {
    ModelTask task = job.task();
    this.ledger = new LedgerRows(ledger, task);
    this.documents = new InputDocuments(files, job.fields());
    task.steps().forEach(step -> steps.add(step.name()));
    if (!steps.isEmpty()) {
      // Those that merge answers come behind, in the order of their steps.
      List<String> names = List.copyOf(steps);
      List<@Nullable Merging> mergings = Merging.of(task);
      for (int i = 0; i < mergings.size(); i++) {
        Merging merging = mergings.get(i);
        if (merging != null && merging.asks()) {
          steps.add(names.get(i));
        }
      }
    }
  }

  /** The first document of each request, as far as there is one. */
  Map<String, Place> find(Set<String> fingerprints) throws IOException {
    Set<String> left = new HashSet<>(fingerprints);
    left.removeAll(known.keySet());
    if (!left.isEmpty()) {
      ledger.refresh();
      // They may have been asked more since.
      Deque<Passed> again = open;
      open = new ArrayDeque<>();
      again.forEach(passed -> look(passed.document(), passed.fingerprints()));
      left.removeAll(known.keySet());
    }
    while (!left.isEmpty()) {
      Document document = documents.next();
      if (document == null) {
        break;
      }
      keptChars += document.json().length();
      look(document, new ArrayList<>()).forEach(left::remove);
    }
    Map<String, Place> found = new HashMap<>();
    for (String one : fingerprints) {
      Place place = known.get(one);
      if (place != null) {
        found.put(one, place);
      }
    }
    forget();
    return found;
  }

  /** Notes a document's requests; returns them. */
  private List<String> look(Document document, List<String> fingerprints) {
    Replay.Found found = ledger.find(document);
    if (found == null) {
      keptChars -= document.json().length();
      return List.of();
    }
    for (Replay.Link link : found.links()) {
      String fingerprint = link.ask().request().fingerprint();
      if (!known.containsKey(fingerprint)) {
        String json = link.where().isEmpty() ? document.json() : link.fields().toString();
        known.put(fingerprint, new Place(document.id(), json, link.ask().step(), words(link)));
        fingerprints.add(fingerprint);
      }
    }
    (found.isAnswered() ? over : open).add(new Passed(document, fingerprints));
    return fingerprints;
  }

  private String words(Replay.Link link) {
    Ask ask = link.ask();
    List<String> words = new ArrayList<>();
    if (!steps.isEmpty()) {
      words.add(steps.get(ask.step()));
    }
    if (!link.where().isEmpty()) {
      words.add(link.where());
    }
    if (ask.on().fallback() > 0) {
      words.add("fallback");
    } else if (ask.isFollowUp()) {
      words.add("asked again");
    }
    return String.join(", ", words);
  }

  private void forget() {
    while (keptChars > KEPT_CHARS) {
      Passed oldest = over.isEmpty() ? open.poll() : over.poll();
      if (oldest == null) {
        return;
      }
      keptChars -= oldest.document().json().length();
      oldest.fingerprints().forEach(known::remove);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      documents.close();
    } finally {
      ledger.close();
    }
  }
}
