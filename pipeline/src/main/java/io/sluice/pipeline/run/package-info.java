@NullMarked
package io.sluice.pipeline.run;

import org.jspecify.annotations.NullMarked;
