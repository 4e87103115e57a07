@NullMarked
package io.sluice.pipeline.cli;

import org.jspecify.annotations.NullMarked;
