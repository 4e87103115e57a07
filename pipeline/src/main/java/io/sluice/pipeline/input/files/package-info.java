/** Which files an input is. */
@NullMarked
package io.sluice.pipeline.input.files;

import org.jspecify.annotations.NullMarked;
