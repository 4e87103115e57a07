@NullMarked
package io.sluice.pipeline.simulate;

import org.jspecify.annotations.NullMarked;
