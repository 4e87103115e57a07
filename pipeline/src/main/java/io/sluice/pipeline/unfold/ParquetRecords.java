package io.sluice.pipeline.unfold;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;

/**
 * Makes records of values, up to so many bytes: a run of a few bytes may be a thousand million
 * elements of one list. What a larger record has beyond is read and dropped, so that the record
 * after it is there. Not thread-safe.
 */
public final class ParquetRecords extends RecordMaterializer<Group> {
  private static final int VALUE_BYTES = 24;
  private static final int GROUP_BYTES = 64;

  private final GroupRecordConverter records;
  private final GroupConverter root;
  private final long most;
  private long bytes;

  public ParquetRecords(MessageType schema, long most) {
    this.records = new GroupRecordConverter(schema);
    this.most = most;
    this.root = new BoundedGroup(records.getRootConverter(), schema, true);
  }

  /** Whether the current record has more than fits, and is not whole. */
  public boolean isTooLarge() {
    return bytes > most;
  }

  /** What a record may take. */
  public long mostBytes() {
    return most;
  }

  /** What the current record takes in memory, about. */
  public long bytes() {
    return bytes;
  }

  @Override
  public Group getCurrentRecord() {
    return records.getCurrentRecord();
  }

  @Override
  public GroupConverter getRootConverter() {
    return root;
  }

  private boolean fits(long more) {
    bytes += more;
    return bytes <= most;
  }

  private final class BoundedGroup extends GroupConverter {
    private final GroupConverter inner;
    private final boolean isRecord;
    private final int ownBytes;
    private final List<Converter> fields = new ArrayList<>();

    BoundedGroup(GroupConverter inner, GroupType type, boolean isRecord) {
      this.inner = inner;
      this.isRecord = isRecord;
      this.ownBytes = GROUP_BYTES + VALUE_BYTES * type.getFieldCount();
      for (int i = 0; i < type.getFieldCount(); i++) {
        Converter field = inner.getConverter(i);
        fields.add(
            field.isPrimitive()
                ? new BoundedValue(field.asPrimitiveConverter())
                : new BoundedGroup(field.asGroupConverter(), type.getType(i).asGroupType(), false));
      }
    }

    @Override
    public Converter getConverter(int field) {
      return fields.get(field);
    }

    @Override
    public void start() {
      if (isRecord) {
        bytes = 0;
      }
      if (fits(ownBytes)) {
        inner.start();
      }
    }

    @Override
    public void end() {
      if (!isTooLarge()) {
        inner.end();
      }
    }
  }

  private final class BoundedValue extends PrimitiveConverter {
    private final PrimitiveConverter inner;

    BoundedValue(PrimitiveConverter inner) {
      this.inner = inner;
    }

    @Override
    public void addBinary(Binary value) {
      if (fits(VALUE_BYTES + value.length())) {
        inner.addBinary(value);
      }
    }

    @Override
    public void addBoolean(boolean value) {
      if (fits(VALUE_BYTES)) {
        inner.addBoolean(value);
      }
    }

    @Override
    public void addDouble(double value) {
      if (fits(VALUE_BYTES)) {
        inner.addDouble(value);
      }
    }

    @Override
    public void addFloat(float value) {
      if (fits(VALUE_BYTES)) {
        inner.addFloat(value);
      }
    }

    @Override
    public void addInt(int value) {
      if (fits(VALUE_BYTES)) {
        inner.addInt(value);
      }
    }

    @Override
    public void addLong(long value) {
      if (fits(VALUE_BYTES)) {
        inner.addLong(value);
      }
    }
  }
}
