package io.sluice.pipeline.show;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Of each id of an output, a hash of what it has there: an open-addressing table of three longs a
 * slot (128 bits of the hash of the id, 64 of that of the value), at most half full, so that a
 * million rows take some 50 MB whatever their texts. Not thread-safe.
 */
final class OutputIndex {
  private static final long TWICE = 0x7477_6963_6521L;

  private final MessageDigest digest;
  private long[] slots = new long[3 * 64];
  private int size;
  private long twice;

  OutputIndex() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /** How many ids there are. */
  int size() {
    return size;
  }

  /** How many rows have an id that another has, too. */
  long twice() {
    return twice;
  }

  /** Notes the value of an id; of ids that come twice none counts. */
  void put(String id, String value) {
    if (2 * (size + 1) > slots.length / 3) {
      grow();
    }
    ByteBuffer hash = hash(id);
    long high = hash.getLong();
    long low = hash.getLong();
    int at = find(high, low);
    if (slots[at + 2] == 0) {
      size++;
      slots[at] = high;
      slots[at + 1] = low;
      slots[at + 2] = value(value);
    } else {
      twice++;
      slots[at + 2] = TWICE;
    }
  }

  boolean has(String id) {
    return at(id) != 0;
  }

  /** Whether an id is there once, with this value. */
  boolean isSame(String id, String value) {
    return at(id) == value(value);
  }

  boolean isTwice(String id) {
    return at(id) == TWICE;
  }

  private long at(String id) {
    ByteBuffer hash = hash(id);
    return slots[find(hash.getLong(), hash.getLong()) + 2];
  }

  private long value(String text) {
    // A filled slot is never zero.
    return hash(text).getLong() | 1;
  }

  private ByteBuffer hash(String text) {
    return ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private int find(long high, long low) {
    int capacity = slots.length / 3;
    int at = 3 * (int) Long.remainderUnsigned(high, capacity);
    while (slots[at + 2] != 0 && (slots[at] != high || slots[at + 1] != low)) {
      at = at + 3 == slots.length ? 0 : at + 3;
    }
    return at;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[old.length * 2];
    for (int from = 0; from < old.length; from += 3) {
      if (old[from + 2] != 0) {
        System.arraycopy(old, from, slots, find(old[from], old[from + 1]), 3);
      }
    }
  }

  /**
   * A value as others of the same meaning are: objects whatever the order of their fields, without
   * those that are null, numbers by what they are, as columns of any format have them.
   */
  static String canonical(JsonNode value) {
    if (value.isObject()) {
      Map<String, String> fields = new TreeMap<>();
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        if (!field.getValue().isNull()) {
          fields.put(field.getKey(), canonical(field.getValue()));
        }
      }
      return fields.toString();
    }
    if (value.isArray()) {
      StringBuilder out = new StringBuilder("[");
      value.forEach(one -> out.append(canonical(one)).append('\u0000'));
      return out.append(']').toString();
    }
    String text = value.asText();
    if (value.isNumber() && text.length() < 100) {
      BigDecimal number = new BigDecimal(text);
      return Math.abs((long) number.scale()) < 400
          ? number.stripTrailingZeros().toPlainString()
          : text;
    }
    return text;
  }
}
