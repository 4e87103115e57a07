package io.sluice.pipeline.task;

import io.sluice.Cascade;
import io.sluice.Cascade.Of;
import io.sluice.ModelTask;
import io.sluice.internal.prepare.CascadeNumbers;
import java.math.BigDecimal;

/** Reads the task file's {@code cascade}. */
final class CascadeFields {
  private CascadeFields() {}

  /** A task with its cascade, and what is wrong with that. */
  static ModelTask read(Section root, ModelTask task, Problems problems) {
    Section section = root.section("cascade");
    Cascade usual = Cascade.DEFAULT;
    Cascade cascade =
        new Cascade(
            share(section, "agreement", usual.agreement()),
            share(section, "confidence", usual.confidence()),
            (int) Math.min(1_000_000, section.wholeNumber("train", usual.train())),
            share(section, "audit", usual.audit()),
            section.choice("of", Of.class, usual.of()),
            section.flag("recheck", usual.recheck()));
    section.close();
    if (!root.has("cascade")) {
      return task;
    }
    ModelTask with = task.withCascade(cascade);
    CascadeNumbers.validate(with).forEach(problems::addWhereNamed);
    return with;
  }

  private static double share(Section section, String name, double usual) {
    BigDecimal value = section.share(name);
    return value == null ? usual : value.doubleValue();
  }
}
