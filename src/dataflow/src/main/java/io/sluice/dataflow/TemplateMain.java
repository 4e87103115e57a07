package io.sluice.dataflow;

import io.sluice.pipeline.Main;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where the launcher of a Flex Template starts: the verb {@code run}, on Dataflow. */
public final class TemplateMain {
  private TemplateMain() {}

  public static void main(String[] args) {
    Main.main(onDataflow(args).toArray(new String[0]));
  }

  /** The launcher may name the runner or leave it out; the default is another. */
  static List<String> onDataflow(String... args) {
    List<String> all = new ArrayList<>(List.of("run"));
    all.addAll(Arrays.asList(args));
    if (all.stream().noneMatch(arg -> arg.startsWith("--runner="))) {
      all.add("--runner=DataflowRunner");
    }
    return all;
  }
}
