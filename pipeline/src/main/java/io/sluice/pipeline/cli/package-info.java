/** The command line: finds the verb, and turns what goes wrong into a message and an exit code. */
@NullMarked
package io.sluice.pipeline.cli;

import org.jspecify.annotations.NullMarked;
