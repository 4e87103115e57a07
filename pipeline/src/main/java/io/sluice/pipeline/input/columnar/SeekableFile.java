package io.sluice.pipeline.input.columnar;

import io.sluice.pipeline.input.rows.SteadyChannel;
import java.io.IOException;
import java.nio.channels.Channels;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.SeekableInputStream;

/** A file as Parquet's reader wants it. Read by one reader only, which closes it. */
public final class SeekableFile implements org.apache.parquet.io.InputFile {
  private final String name;
  private final SteadyChannel bytes;

  SeekableFile(String name, SteadyChannel bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  @Override
  public long getLength() throws IOException {
    return bytes.size();
  }

  @Override
  public SeekableInputStream newStream() {
    return new DelegatingSeekableInputStream(Channels.newInputStream(bytes)) {
      @Override
      public long getPos() {
        return bytes.position();
      }

      @Override
      public void seek(long to) throws IOException {
        bytes.position(to);
      }
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
