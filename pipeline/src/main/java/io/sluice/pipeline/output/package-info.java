@NullMarked
package io.sluice.pipeline.output;

import org.jspecify.annotations.NullMarked;
