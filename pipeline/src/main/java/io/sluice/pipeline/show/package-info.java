/** The verbs that look at answers of a job from outside: from its ledger, with its input beside. */
@NullMarked
package io.sluice.pipeline.show;

import org.jspecify.annotations.NullMarked;
