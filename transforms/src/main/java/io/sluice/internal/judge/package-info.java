@NullMarked
package io.sluice.internal.judge;

import org.jspecify.annotations.NullMarked;
