package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.client.http.FileContent;
import com.google.api.client.util.escape.CharEscapers;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.BatchApi.BodyReader;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files in a bucket by Cloud Storage's JSON API (its reference, <i>Objects</i>), signed as the
 * model's requests are. Named by their {@code gs://} URIs. Thread-safe.
 */
final class GoogleStorage implements AutoCloseable {
  private static final String GOOGLE = "googleapis.com";
  private static final Pattern URI_OF = Pattern.compile("(?s)gs://([^/]+)/?(.*)");

  /** Of a batch's results, a thousand files each: a list that goes on has no end. */
  private static final int MOST_PAGES = 100;

  private final ControlCalls calls;

  private GoogleStorage(ControlCalls calls) {
    this.calls = calls;
  }

  /** At Google, or where a server stands in for Google's: beside the models. */
  static GoogleStorage open(Connection connection) {
    Provider provider = connection.provider();
    URI base = URI.create(provider.baseUrl());
    String host = String.valueOf(base.getHost());
    String root =
        host.equals(GOOGLE) || host.endsWith("." + GOOGLE)
            ? "https://storage." + GOOGLE
            : base.getScheme() + "://" + base.getRawAuthority();
    Connection storage = connection.withProvider(provider.withBaseUrl(root));
    return new GoogleStorage(new ControlCalls(storage, Map.of(), GeminiErrors::classify));
  }

  /** Whether a text is the URI of a place in a bucket. */
  static boolean isUri(String text) {
    return text.matches("gs://[a-z0-9][a-z0-9._-]*(/[^\\s#?\\[\\]*]*)?");
  }

  /**
   * @param bucket without what is before and after
   * @param name of the object, or how names begin; may be empty
   */
  private record Place(String bucket, String name) {
    static Place of(String uri) {
      Matcher parts = URI_OF.matcher(uri);
      if (!parts.matches()) {
        throw new IllegalArgumentException("\"" + uri + "\" is no gs:// URI");
      }
      return new Place(parts.group(1), parts.group(2));
    }

    String objects() {
      return "/storage/v1/b/" + CharEscapers.escapeUriPath(bucket) + "/o";
    }

    String path() {
      return objects() + "/" + CharEscapers.escapeUriPath(name);
    }

    String uri(String other) {
      return "gs://" + bucket + "/" + other;
    }
  }

  void upload(String uri, Path file) throws CallFailedException {
    Place place = Place.of(uri);
    calls.call(
        "POST",
        "/upload" + place.objects(),
        Map.of("uploadType", "media", "name", place.name()),
        new FileContent("application/jsonl", file.toFile()));
  }

  /** The objects whose names begin so. */
  List<String> list(String prefix) throws CallFailedException {
    Place place = Place.of(prefix);
    Set<String> uris = new LinkedHashSet<>();
    Map<String, String> query = new HashMap<>(Map.of("prefix", place.name()));
    for (int pages = 0; pages < MOST_PAGES; pages++) {
      JsonNode page = calls.call("GET", place.objects(), query, null);
      for (JsonNode item : page.path("items")) {
        String name = item.path("name").asText();
        // Whatever else is listed was not asked for.
        if (name.startsWith(place.name())) {
          uris.add(place.uri(name));
        }
      }
      String next = page.path("nextPageToken").asText("");
      if (next.isEmpty() || next.equals(query.put("pageToken", next))) {
        return List.copyOf(uris);
      }
    }
    throw NoAnswer.thrown(
        "The list of what is in the bucket below "
            + prefix
            + " does not end: "
            + MOST_PAGES
            + " pages");
  }

  void download(String uri, BodyReader reader) throws CallFailedException {
    calls.download(Place.of(uri).path() + "?alt=media", reader);
  }

  void delete(String uri) throws CallFailedException {
    calls.call("DELETE", Place.of(uri).path(), Map.of(), null);
  }

  @Override
  public void close() {
    calls.close();
  }
}
