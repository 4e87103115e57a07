package io.sluice.dataflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.beam.sdk.util.StringUtils;
import org.xerial.snappy.Snappy;

/** What Dataflow is told of a job: its description in JSON, and the pipeline beside it. */
final class JobDescription {
  private static final int HEADER_BYTES = 16;

  /** Java objects in a pipeline are compressed; a stream of theirs begins so. */
  private static final byte[] COMPRESSED = {(byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};

  private final JsonNode json;
  private final StringBuilder text = new StringBuilder();
  private int objects;

  JobDescription(Path template, byte[] pipeline) throws IOException {
    json = new ObjectMapper().readTree(Files.readString(template));
    add(pipeline);
    add(Files.readAllBytes(template));
    addTexts(json);
  }

  private void addTexts(JsonNode node) throws IOException {
    if (node.isTextual()) {
      add(StringUtils.jsonStringToByteArray(node.asText()));
    }
    for (JsonNode child : node) {
      addTexts(child);
    }
  }

  private void add(byte[] bytes) throws IOException {
    text.append(new String(bytes, StandardCharsets.ISO_8859_1)).append('\n');
    for (int at = 0; at + COMPRESSED.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + COMPRESSED.length, COMPRESSED, 0, COMPRESSED.length)) {
        text.append(unpack(bytes, at)).append('\n');
        objects++;
      }
    }
  }

  /** The stream's chunks, each after its length; what follows the stream is something else. */
  private static String unpack(byte[] bytes, int from) throws IOException {
    StringBuilder out = new StringBuilder();
    ByteBuffer in = ByteBuffer.wrap(bytes).position(from + HEADER_BYTES);
    while (in.remaining() > Integer.BYTES) {
      int size = in.getInt();
      if (size < 1
          || size > in.remaining()
          || !Snappy.isValidCompressedBuffer(bytes, in.position(), size)) {
        break;
      }
      byte[] chunk = new byte[Snappy.uncompressedLength(bytes, in.position(), size)];
      Snappy.uncompress(bytes, in.position(), size, chunk, 0);
      out.append(new String(chunk, StandardCharsets.ISO_8859_1));
      in.position(in.position() + size);
    }
    return out.toString();
  }

  JsonNode json() {
    return json;
  }

  /** Everything that it says, Java objects unpacked, a character a byte. */
  String text() {
    return text.toString();
  }

  /** How many Java objects were unpacked. */
  int objects() {
    return objects;
  }

  /** A line a stage: its kind, name, number of outputs, and whether it keeps state. */
  List<String> stages() {
    List<String> stages = new ArrayList<>();
    for (JsonNode step : json.path("steps")) {
      JsonNode properties = step.path("properties");
      int outputs = properties.path("output_info").size();
      stages.add(
          step.path("kind").asText()
              + " "
              + properties.path("user_name").path("value").asText()
              + (outputs == 1 ? "" : ", " + outputs + " outputs")
              + (properties.path("uses_keyed_state").path("value").asBoolean() ? ", state" : ""));
    }
    return stages;
  }
}
