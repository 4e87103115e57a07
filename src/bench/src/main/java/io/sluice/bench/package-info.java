/** What the job costs and how much of a quota it uses, beside baselines in the same run. */
@NullMarked
package io.sluice.bench;

import org.jspecify.annotations.NullMarked;
