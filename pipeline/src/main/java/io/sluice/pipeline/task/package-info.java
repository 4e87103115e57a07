@NullMarked
package io.sluice.pipeline.task;

import org.jspecify.annotations.NullMarked;
