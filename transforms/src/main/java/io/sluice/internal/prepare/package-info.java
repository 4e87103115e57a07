@NullMarked
package io.sluice.internal.prepare;

import org.jspecify.annotations.NullMarked;
