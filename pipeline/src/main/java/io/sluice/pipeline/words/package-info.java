/** Numbers, money and time as people read and say them. */
@NullMarked
package io.sluice.pipeline.words;

import org.jspecify.annotations.NullMarked;
