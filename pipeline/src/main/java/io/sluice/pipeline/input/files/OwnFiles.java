package io.sluice.pipeline.input.files;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Where a job writes: what lies there is never its input, whatever its patterns match.
 *
 * @param places directories and files
 * @param deadLetters the directory of dead letters, which are an input where a pattern names it;
 *     empty where there is none
 */
public record OwnFiles(List<String> places, String deadLetters) implements Serializable {
  public static final OwnFiles NONE = new OwnFiles(List.of(), "");

  public OwnFiles {
    places = List.copyOf(places);
  }

  /** The same with dead letters as a place like any other. */
  public OwnFiles withDeadLetters() {
    List<String> all = new ArrayList<>(places);
    all.add(deadLetters);
    return new OwnFiles(all, "");
  }

  /** What of a pattern's matches is the job's own. */
  Check check(String pattern) {
    return new Check(pattern);
  }

  /** The places with and without links, for one listing. */
  final class Check {
    private final String fixed;
    private final List<Place> all = new ArrayList<>();

    private record Place(String name, List<Path> paths, boolean isNamed, boolean isOfLetters) {}

    private Check(String pattern) {
      fixed = Glob.fixed(pattern);
      if (!deadLetters.isEmpty()) {
        all.add(place(deadLetters, true));
      }
      places.forEach(name -> all.add(place(name, false)));
    }

    private Place place(String name, boolean isOfLetters) {
      List<Path> paths = name.contains("://") ? List.of() : both(name);
      return new Place(
          name,
          paths,
          paths.isEmpty()
              ? isBelow(fixed, name)
              : !fixed.contains("://")
                  && both(fixed).stream().anyMatch(path -> isBelow(path, paths)),
          isOfLetters);
    }

    /**
     * @throws IllegalArgumentException if the pattern names the place of the file, where the job
     *     writes
     */
    boolean has(Path path, Path real) {
      return has(place -> isBelow(path, place.paths) || isBelow(real, place.paths));
    }

    /** Of a file in a store. */
    boolean has(String name) {
      return has(place -> place.paths.isEmpty() && isBelow(name, place.name));
    }

    private boolean has(Predicate<Place> isIn) {
      for (Place place : all) {
        if (isIn.test(place)) {
          if (place.isNamed && !place.isOfLetters) {
            throw new IllegalArgumentException(
                "what lies in "
                    + place.name
                    + " is written by this job itself; give another --input, or another --output");
          }
          return !place.isNamed;
        }
      }
      return false;
    }
  }

  private static boolean isBelow(String file, String place) {
    return file.equals(place) || file.startsWith(place + "/");
  }

  private static boolean isBelow(Path path, List<Path> places) {
    return places.stream().anyMatch(path::startsWith);
  }

  /** As it is written, and without links. */
  private static List<Path> both(String name) {
    Path path = Path.of(name).toAbsolutePath().normalize();
    List<Path> both = new ArrayList<>(List.of(path));
    try {
      // What is not there yet will be in a directory that is.
      Path there = path;
      while (there.getParent() != null && !Files.exists(there)) {
        there = there.getParent();
      }
      both.add(there.toRealPath().resolve(there.relativize(path)));
    } catch (IOException e) {
      // It is gone: then only its name counts.
    }
    return both;
  }
}
