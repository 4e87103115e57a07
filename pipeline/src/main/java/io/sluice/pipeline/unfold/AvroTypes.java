package io.sluice.pipeline.unfold;

import java.io.IOException;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;

/** What a schema of others may declare, before any value of it is made. */
final class AvroTypes {
  /** What a byte of a record may be, once more than its own fields. */
  private static final long MOST_VALUES_A_BYTE = 1_000;

  private AvroTypes() {}

  /**
   * @throws IOException if a value would be far more than its bytes
   */
  static void check(Schema schema) throws IOException {
    checkFixed(schema, new HashSet<>());
    least(schema, new IdentityHashMap<>());
  }

  /** An array is made of a fixed type before its bytes are there. */
  private static void checkFixed(Schema schema, Set<Schema> seen) throws IOException {
    if (schema.getType() == Schema.Type.FIXED && schema.getFixedSize() > Bounds.ROW_BYTES) {
      throw new IOException(
          "its type " + schema.getName() + " has " + schema.getFixedSize() + " bytes a value");
    }
    switch (schema.getType()) {
      case RECORD -> {
        if (seen.add(schema)) {
          for (Schema.Field field : schema.getFields()) {
            checkFixed(field.schema(), seen);
          }
        }
      }
      case ARRAY -> checkFixed(schema.getElementType(), seen);
      case MAP -> checkFixed(schema.getValueType(), seen);
      case UNION -> {
        for (Schema branch : schema.getTypes()) {
          checkFixed(branch, seen);
        }
      }
      default -> {}
    }
  }

  /**
   * What a value of a type has at least: records within records double from line to line of a
   * schema, and take no byte of the file.
   *
   * @param known what is known of records, with those that are being looked at
   * @throws IOException if a record's values are far more than its bytes
   */
  private static Least least(Schema schema, Map<Schema, Least> known) throws IOException {
    switch (schema.getType()) {
      case RECORD -> {
        Least before = known.get(schema);
        if (before != null) {
          return before;
        }
        // Within itself: deeper than can be read, unless a union or a list leaves it out.
        known.put(schema, Least.NOTHING);
        Least sum = new Least(1, 0);
        for (Schema.Field field : schema.getFields()) {
          sum = sum.plus(least(field.schema(), known));
        }
        if (sum.values - schema.getFields().size() > MOST_VALUES_A_BYTE * Math.max(1, sum.bytes)) {
          throw new IOException(
              "its type "
                  + schema.getName()
                  + " has "
                  + sum.values
                  + " values in "
                  + sum.bytes
                  + " bytes: the file is damaged");
        }
        known.put(schema, sum);
        return sum;
      }
      case ARRAY -> least(schema.getElementType(), known);
      case MAP -> least(schema.getValueType(), known);
      case UNION -> {
        for (Schema branch : schema.getTypes()) {
          least(branch, known);
        }
      }
      case FIXED -> {
        return new Least(1, schema.getFixedSize());
      }
      case NULL -> {
        return Least.NOTHING;
      }
      default -> {}
    }
    return new Least(1, 1);
  }

  /** How many values, and bytes of the file. */
  private record Least(long values, long bytes) {
    static final Least NOTHING = new Least(1, 0);

    private static final long MOST = 1L << 40;

    Least plus(Least other) {
      return new Least(Math.min(MOST, values + other.values), Math.min(MOST, bytes + other.bytes));
    }
  }
}
