/** What each runner needs, and the cluster that this program is started by or submits to. */
@NullMarked
package io.sluice.pipeline.runner;

import org.jspecify.annotations.NullMarked;
