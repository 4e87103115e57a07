/** {@code report.html}: what a person reads about a run. */
@NullMarked
package io.sluice.pipeline.report;

import org.jspecify.annotations.NullMarked;
