package io.sluice;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;

import java.io.IOException;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What others may compile against, held against {@code api.txt}, where each release leaves it. A
 * line that is gone breaks somebody; a new one is a promise.
 */
class PublicApiTest {
  private static final Path COMMITTED = Path.of("api.txt");
  private static final Path NOW = Path.of("target/api.txt");

  /** Packages for users; public types of others are public for this project's own packages. */
  private static final List<String> PACKAGES = List.of("io/sluice", "io/sluice/cost");

  @Test
  void theApiIsTheOneThatWasPromised() throws Exception {
    TreeSet<String> now = api();
    Files.write(NOW, now);
    List<String> promised = Files.readAllLines(COMMITTED);
    assertThat(
        "gone, which breaks whoever uses it; if it must be, say so in CHANGELOG.md and"
            + " cp transforms/target/api.txt transforms/api.txt",
        without(promised, now),
        empty());
    assertThat(
        "new; if it is meant for users, cp transforms/target/api.txt transforms/api.txt",
        without(now, promised),
        empty());
  }

  private static List<String> without(Collection<String> lines, Collection<String> others) {
    return lines.stream().filter(line -> !others.contains(line)).toList();
  }

  private static TreeSet<String> api() throws IOException, ClassNotFoundException {
    TreeSet<String> lines = new TreeSet<>();
    for (String folder : PACKAGES) {
      try (Stream<Path> files = Files.list(Path.of("target/classes", folder))) {
        for (Path file : files.filter(name -> name.toString().endsWith(".class")).toList()) {
          String name = file.getFileName().toString().replace(".class", "");
          Class<?> type = Class.forName(folder.replace('/', '.') + "." + name);
          if (isPublic(type)) {
            describe(type, lines);
          }
        }
      }
    }
    return lines;
  }

  private static boolean isPublic(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
  }

  private static void describe(Class<?> type, Collection<String> lines) {
    String name = type.getName();
    lines.add(name + ": " + type.toGenericString() + " extends " + type.getGenericSuperclass());
    for (Class<?> implemented : type.getInterfaces()) {
      lines.add(name + ": implements " + implemented.getName());
    }
    if (type.isRecord()) {
      lines.add(
          name
              + ": record "
              + Arrays.stream(type.getRecordComponents())
                  .map(RecordComponent::getName)
                  .collect(Collectors.joining(", ")));
    }
    List<Member> members = new ArrayList<>(Arrays.asList(type.getDeclaredFields()));
    members.addAll(Arrays.asList(type.getDeclaredConstructors()));
    for (Method method : type.getDeclaredMethods()) {
      if (!method.isBridge()) {
        members.add(method);
      }
    }
    for (Member member : members) {
      boolean visible =
          Modifier.isPublic(member.getModifiers())
              || (Modifier.isProtected(member.getModifiers())
                  && !Modifier.isFinal(type.getModifiers()));
      if (visible && !member.isSynthetic()) {
        lines.add(name + ": " + generic(member));
      }
    }
  }

  private static String generic(Member member) {
    if (member instanceof Method method) {
      return method.toGenericString();
    }
    return member instanceof java.lang.reflect.Constructor<?> constructor
        ? constructor.toGenericString()
        : ((java.lang.reflect.Field) member).toGenericString();
  }
}
