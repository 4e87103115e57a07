/** Rows of text: lines, records of csv, whole files. */
@NullMarked
package io.sluice.pipeline.input.text;

import org.jspecify.annotations.NullMarked;
