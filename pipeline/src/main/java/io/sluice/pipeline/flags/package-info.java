/** What verbs share in reading their flags. */
@NullMarked
package io.sluice.pipeline.flags;

import org.jspecify.annotations.NullMarked;
