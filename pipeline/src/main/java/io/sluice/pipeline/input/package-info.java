@NullMarked
package io.sluice.pipeline.input;

import org.jspecify.annotations.NullMarked;
