@NullMarked
package io.sluice.judge;

import org.jspecify.annotations.NullMarked;
