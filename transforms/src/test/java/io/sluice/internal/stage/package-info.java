@NullMarked
package io.sluice.internal.stage;

import org.jspecify.annotations.NullMarked;
