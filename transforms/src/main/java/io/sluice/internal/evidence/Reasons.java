package io.sluice.internal.evidence;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Failures by what they say. Not thread-safe. */
final class Reasons {
  /** The share of failures that is to have one reason. */
  private static final double ALIKE = 0.9;

  private static final int MOST_GROUPS = 16;

  private static final class Group {
    final Failure first;
    int size;

    Group(Failure first) {
      this.first = first;
    }
  }

  private final List<Group> groups = new ArrayList<>();
  private int failures;

  void add(Failure failure) {
    failures++;
    Group group = groupOf(failure);
    if (group != null) {
      group.size++;
    }
  }

  private @Nullable Group groupOf(Failure failure) {
    for (Group group : groups) {
      if (group.first.signature().alike(failure.signature())) {
        return group;
      }
    }
    if (groups.size() == MOST_GROUPS) {
      return null;
    }
    Group group = new Group(failure);
    groups.add(group);
    return group;
  }

  int failures() {
    return failures;
  }

  /** Whether nearly all fail for one reason. */
  boolean areAlike() {
    Group largest = largest();
    return largest != null && largest.size >= ALIKE * failures;
  }

  /** What most of them said. */
  @Nullable Failure common() {
    Group largest = largest();
    return largest == null ? null : largest.first;
  }

  private @Nullable Group largest() {
    Group largest = null;
    for (Group group : groups) {
      largest = largest == null || group.size > largest.size ? group : largest;
    }
    return largest;
  }

  void clear() {
    groups.clear();
    failures = 0;
  }
}
