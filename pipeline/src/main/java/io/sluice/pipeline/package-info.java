/** Where the jar starts; what it does is in the packages below. */
@NullMarked
package io.sluice.pipeline;

import org.jspecify.annotations.NullMarked;
