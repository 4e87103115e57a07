package io.sluice.pipeline.launch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.beam.sdk.io.FileSystem;
import org.apache.beam.sdk.io.FileSystemRegistrar;
import org.apache.beam.sdk.io.fs.CreateOptions;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.apache.beam.sdk.io.fs.MatchResult.Metadata;
import org.apache.beam.sdk.io.fs.MatchResult.Status;
import org.apache.beam.sdk.io.fs.MoveOptions;
import org.apache.beam.sdk.io.fs.ResolveOptions;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * The local disk under names like {@code faulty:///tmp/x}, with so much room and so many new files
 * as a test allows. As in an object store, a file is there once it is closed, and not before.
 */
public final class FaultyFileSystem extends FileSystem<FaultyFileSystem.Name> {
  /** Bytes that can still be written. */
  static final AtomicLong ROOM = new AtomicLong(Long.MAX_VALUE);

  /** Files that can still be begun; after that all of it is read-only. */
  static final AtomicLong FILES = new AtomicLong(Long.MAX_VALUE);

  /** Lets everything be written again. */
  static void mend() {
    ROOM.set(Long.MAX_VALUE);
    FILES.set(Long.MAX_VALUE);
  }

  public static String name(Path path) {
    return "faulty://" + path;
  }

  /** Found by Beam through {@code META-INF/services}. */
  public static final class Registrar implements FileSystemRegistrar {
    @Override
    public Iterable<FileSystem<?>> fromOptions(PipelineOptions options) {
      return List.of(new FaultyFileSystem());
    }
  }

  record Name(String path, boolean directory) implements ResourceId {
    Path local() {
      return Path.of(path);
    }

    @Override
    public ResourceId resolve(String other, ResolveOptions options) {
      return new Name(local().resolve(other).toString(), false);
    }

    @Override
    public ResourceId getCurrentDirectory() {
      Path parent = local().getParent();
      return directory || parent == null ? this : new Name(parent.toString(), true);
    }

    @Override
    public String getScheme() {
      return "faulty";
    }

    @Override
    public String getFilename() {
      return String.valueOf(local().getFileName());
    }

    @Override
    public boolean isDirectory() {
      return directory;
    }

    @Override
    public String toString() {
      return "faulty://" + path;
    }
  }

  @Override
  protected List<MatchResult> match(List<String> specs) throws IOException {
    List<MatchResult> results = new ArrayList<>();
    for (String spec : specs) {
      String glob = spec.substring("faulty://".length());
      String fixed = glob.replaceFirst("[*?{\\[].*", "");
      Path base = fixed.equals(glob) ? Path.of(glob) : Path.of(fixed + "x").getParent();
      PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
      List<Metadata> found = new ArrayList<>();
      if (base != null && Files.exists(base)) {
        try (Stream<Path> files = Files.walk(base)) {
          for (Path file : files.filter(Files::isRegularFile).filter(matcher::matches).toList()) {
            found.add(metadata(file));
          }
        }
      }
      results.add(MatchResult.create(found.isEmpty() ? Status.NOT_FOUND : Status.OK, found));
    }
    return results;
  }

  private static Metadata metadata(Path file) throws IOException {
    return Metadata.builder()
        .setResourceId(new Name(file.toString(), false))
        .setSizeBytes(Files.size(file))
        .setLastModifiedMillis(Files.getLastModifiedTime(file).toMillis())
        .setIsReadSeekEfficient(true)
        .build();
  }

  @Override
  protected WritableByteChannel create(Name name, CreateOptions options) throws IOException {
    if (FILES.getAndDecrement() <= 0) {
      throw new IOException("Read-only file system");
    }
    Path parent = name.local().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    return new WritableByteChannel() {
      private boolean open = true;
      private boolean whole = true;

      /** As a disk does: what fits is written, then comes the error. */
      @Override
      public int write(ByteBuffer bytes) throws IOException {
        int fits = (int) Math.min(Math.max(0, ROOM.get()), bytes.remaining());
        if (fits == 0) {
          whole = false;
          throw new IOException("No space left on device");
        }
        ROOM.addAndGet(-fits);
        byte[] part = new byte[fits];
        bytes.get(part);
        content.write(part, 0, fits);
        return fits;
      }

      @Override
      public boolean isOpen() {
        return open;
      }

      @Override
      public void close() throws IOException {
        if (open && whole) {
          Path written = Files.createTempFile("faulty", "");
          Files.write(written, content.toByteArray());
          Files.move(written, name.local(), StandardCopyOption.REPLACE_EXISTING);
        }
        open = false;
      }
    };
  }

  @Override
  protected ReadableByteChannel open(Name name) throws IOException {
    return FileChannel.open(name.local(), StandardOpenOption.READ);
  }

  @Override
  protected void copy(List<Name> from, List<Name> to) throws IOException {
    throw new IOException("Nothing here copies " + from + " to " + to);
  }

  @Override
  protected void rename(List<Name> from, List<Name> to, MoveOptions... options) throws IOException {
    for (int i = 0; i < from.size(); i++) {
      Path target = to.get(i).local();
      Path parent = target.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.move(from.get(i).local(), target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  protected void delete(Collection<Name> names) throws IOException {
    for (Name name : names) {
      Files.deleteIfExists(name.local());
    }
  }

  @Override
  protected Name matchNewResource(String name, boolean directory) {
    return new Name(name.substring("faulty://".length()), directory);
  }

  @Override
  protected String getScheme() {
    return "faulty";
  }
}
